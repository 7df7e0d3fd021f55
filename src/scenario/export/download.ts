/** Hands a file to the person. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The click has taken hold of it by the next turn.
  setTimeout(() => { URL.revokeObjectURL(url); }, 1000);
}
