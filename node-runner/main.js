// Entry: an executor that speaks the protocol of README.md on stdin and stdout.

import { serve } from './lib/session.js';

await serve();
