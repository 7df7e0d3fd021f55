/** How coreutils puts file names into messages. */

const wrap = (name: string): string => (name.includes("'") && !/["$`\\!]/.test(name) ? `"${name}"` : `'${name.replace(/'/g, `'\\''`)}'`);
/** Quoted only where a shell or a reader could misread it (cat, head: `cat: 'a b': No such file …`). */
export const quotef = (name: string): string => (name !== '' && !/[ \t\n!"$&'()*:;<=>?[\\\]^`|]/.test(name) && !/^[#~]|^[{}]$/.test(name) ? name : wrap(name));
/** Always quoted (rm, mkdir: `cannot remove 'a'`). */
export const quoteaf = wrap;
