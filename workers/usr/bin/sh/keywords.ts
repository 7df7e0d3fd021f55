/** The shell's reserved words, in bash's order. */
export const KEYWORDS: readonly string[] = [
  'if', 'then', 'else', 'elif', 'fi', 'case', 'esac', 'for', 'select', 'while', 'until', 'do', 'done', 'in', 'function', 'time', '{', '}', '!', '[[', ']]', 'coproc',
];
