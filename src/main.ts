// The program: arguments in, exit code out.

import { main } from "./cli/program.ts";
import { createHost } from "./runtime/host.ts";
import { keepLibrariesPrivate } from "./runtime/native_library.ts";
import { endOnUncaught, exitProcess, programArguments } from "./runtime/process.ts";
import { reapAsFirstProcess } from "./runtime/process_reaper.ts";

endOnUncaught();
reapAsFirstProcess();
keepLibrariesPrivate();
await exitProcess(await main(programArguments(), createHost()));
