/** Linux 2.6.12 and 3.11: a piece of their own, which is fetched before the first machine of one of them boots. Importing it is enough. */
import { linux_2_6_12 } from './2.6.12/edition.ts';
import { linux_3_11 } from './3.11/edition.ts';
import { provideEditions } from './index.ts';

provideEditions([linux_2_6_12, linux_3_11]);
