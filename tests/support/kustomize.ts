// Renders folders of deploy/kubernetes by Kustomize itself, as `kubectl apply -k` does.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { parseAllDocuments } from "yaml";
import { PROJECT } from "./compose_stack.ts";
import { mayLack } from "./require_tool.ts";

/** Where it is built, unless the machine has it. */
const BUILT = `${PROJECT}/.deno/kustomize`;
const MODULE = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1";

export interface Kustomize {
  skip: string | false;
  /** The objects of a folder with a kustomization.yaml; throws with what Kustomize has against it. */
  render(folder: string): any[];
  /** The same of the base with some of the components, by name, from `scratch`, a folder of the test's own. */
  renderWith(components: readonly string[], scratch: string, base?: string): any[];
}

/** By `kustomize`, else `kubectl`, else built by Go; `skip` says that none of them is there. */
export function kustomize(): Kustomize {
  const argv = [["kustomize", "build"], ["kubectl", "kustomize"], [`${BUILT}/kustomize`, "build"]]
    .find(([program, verb]) => runs([program!, verb!, "--help"])) ?? built();
  const render = (folder: string) => {
    const { success, stdout, stderr } = new Deno.Command(argv![0]!, { args: [...argv!.slice(1), folder] })
      .outputSync();
    if (!success) throw new Error(`${folder} cannot be rendered: ${new TextDecoder().decode(stderr)}`);
    return parseAllDocuments(new TextDecoder().decode(stdout)).map((document) => document.toJS());
  };
  return {
    skip: argv === undefined ? mayLack("kustomize") : false,
    render,
    renderWith(components, scratch, base = "base") {
      const folder = `${scratch}/kustomize-${[base.replaceAll("/", "-"), ...components].join("-")}`;
      mkdirSync(folder);
      const from = (path: string) => relative(folder, `${PROJECT}/deploy/kubernetes/${path}`);
      const kustomization = {
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        namespace: "schelly",
        resources: [from(base)],
        components: components.map((name) => from(`components/${name}`)),
      };
      writeFileSync(`${folder}/kustomization.yaml`, JSON.stringify(kustomization));
      return render(folder);
    },
  };
}

/** Undefined where there is no Go, or it cannot have the module. */
function built(): string[] | undefined {
  const command = new Deno.Command("timeout", {
    args: ["240", "go", "install", MODULE],
    env: { GOBIN: BUILT, CGO_ENABLED: "0" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  try {
    command.outputSync();
  } catch {
    return undefined;
  }
  return existsSync(`${BUILT}/kustomize`) ? [`${BUILT}/kustomize`, "build"] : undefined;
}

function runs([program, ...args]: string[]): boolean {
  try {
    return new Deno.Command(program!, { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}
