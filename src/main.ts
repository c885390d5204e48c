// The program: arguments in, exit code out.

import { main } from "./cli/program.ts";
import { createHost } from "./runtime/host.ts";
import { exitProcess, programArguments } from "./runtime/process.ts";

exitProcess(await main(programArguments(), createHost()));
