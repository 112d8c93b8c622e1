// Entry: runs litmus tests, speaking the lines of litmus/README.md on stdin and stdout.

import { serve } from './litmus/session.js';

await serve();
