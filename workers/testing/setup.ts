/** What every test finds loaded: in the page it comes a moment after the kernel. */
import '../editions/older.ts';
import '../usr/bin/user_space.ts';
