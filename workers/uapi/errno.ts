/** errno values of x86_64 Linux that this kernel returns, with the text bash prints for them. */
export const ERRNO = {
  EPERM: 1, ENOENT: 2, ESRCH: 3, EINTR: 4, EIO: 5, ENXIO: 6, E2BIG: 7, ENOEXEC: 8, EBADF: 9, ECHILD: 10, EAGAIN: 11, ENOMEM: 12, EACCES: 13, EFAULT: 14, ENOTBLK: 15, EBUSY: 16, EEXIST: 17, EXDEV: 18, ENODEV: 19,
  ENOTDIR: 20, EISDIR: 21, EINVAL: 22, EMFILE: 24, ENOTTY: 25, EFBIG: 27, ENOSPC: 28, ESPIPE: 29, EROFS: 30, EPIPE: 32, ENOSYS: 38, ENOTEMPTY: 39, ELOOP: 40, EOPNOTSUPP: 95, EHWPOISON: 133,
} as const;
/** Kernel's own: the system call is begun anew, and no program ever sees this. */
export const ERESTARTNOINTR = 513;
export type ErrnoName = keyof typeof ERRNO;

const TEXT: Readonly<Record<ErrnoName, string>> = {
  EPERM: 'Operation not permitted', ENOENT: 'No such file or directory', EINTR: 'Interrupted system call', EIO: 'Input/output error',
  ENXIO: 'No such device or address', E2BIG: 'Argument list too long', ENOEXEC: 'Exec format error', ECHILD: 'No child processes', ESRCH: 'No such process',
  EXDEV: 'Invalid cross-device link', ENOTTY: 'Inappropriate ioctl for device', EBADF: 'Bad file descriptor', EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory', EACCES: 'Permission denied', EFAULT: 'Bad address', ENOTBLK: 'Block device required', EBUSY: 'Device or resource busy', EEXIST: 'File exists',
  ENODEV: 'No such device', ENOTDIR: 'Not a directory', EISDIR: 'Is a directory', EINVAL: 'Invalid argument', EMFILE: 'Too many open files',
  EFBIG: 'File too large', ENOSPC: 'No space left on device', ESPIPE: 'Illegal seek', EROFS: 'Read-only file system', EPIPE: 'Broken pipe',
  ENOSYS: 'Function not implemented', ENOTEMPTY: 'Directory not empty', ELOOP: 'Too many levels of symbolic links', EOPNOTSUPP: 'Operation not supported', EHWPOISON: 'Memory page has hardware error',
};

const BY_NUMBER = new Map(Object.entries(ERRNO).map(([name, n]) => [n as number, name as ErrnoName]));

/** 16 or -16 → 'EBUSY'; a number without a name here is printed as such. */
export const errnoName = (errno: number): string => BY_NUMBER.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`;
/** strerror(3): 16 or -16 → 'Device or resource busy'. */
export const strerror = (errno: number): string => {
  const name = BY_NUMBER.get(Math.abs(errno));
  return name === undefined ? `Unknown error ${Math.abs(errno)}` : TEXT[name];
};
