/** The one place that knows which language is shown. */
import { en } from './en.ts';

export const t = en;
