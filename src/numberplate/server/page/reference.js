// The interfaces of this server for programs, made readable from its own description of them.

import { ask } from "./api.js";
import { byId, element } from "./dom.js";

let shown = false;

export async function open() {
  if (shown) return;
  const description = await ask("/api/openapi.json");
  const groups = new Map();
  for (const [path, operations] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), { path, method: method.toUpperCase(), operation }]);
    }
  }
  const schemas = description.components?.schemas ?? {};
  const parts = [...groups].map(([tag, found]) =>
    element("section", { class: "reference" }, element("h2", {}, tag), ...found.map((one) => entry(one, schemas))),
  );
  byId("reference").replaceChildren(...parts);
  shown = true;
}

function entry({ path, method, operation }, schemas) {
  const body = Object.entries(operation.requestBody?.content ?? {});
  const replies = Object.entries(operation.responses ?? {}).map(([status, reply]) => [status, reply.description]);
  return element(
    "details",
    {},
    element("summary", {}, element("b", { class: `method ${method.toLowerCase()}` }, method), element("code", {}, path), element("span", { class: "faint" }, sentence(operation.description ?? operation.summary ?? ""))),
    element("p", {}, ...prose(operation.description ?? "")),
    list("Parameters", (operation.parameters ?? []).map((one) => [one.name, `${kind(one.schema)}${one.required ? ", needed" : ""}${one.in === "path" ? ", in the path" : ""}`, one.description ?? one.schema?.description ?? ""])),
    ...body.map(([type, content]) => list(`Body: ${type}`, fields(content.schema ?? {}, schemas))),
    element("pre", { class: "example" }, example(path, method, operation, body)),
    list("Replies", replies),
  );
}

function fields(schema, schemas) {
  const known = schema.$ref ? schemas[schema.$ref.split("/").pop()] ?? {} : schema;
  const needed = new Set(known.required ?? []);
  return Object.entries(known.properties ?? {}).map(([name, one]) => [name, `${kind(one)}${needed.has(name) ? ", needed" : ""}`, one.description ?? ""]);
}

function kind(schema = {}) {
  if (schema.anyOf) return schema.anyOf.map(kind).filter((name) => name !== "null").join(" or ");
  if (schema.enum) return schema.enum.join(", ");
  if (schema.format === "binary") return "file";
  if (schema.type === "array") return `${kind(schema.items)}, several`;
  return schema.format ?? schema.type ?? "";
}

function list(heading, rows) {
  if (!rows.length) return null;
  const cells = rows.map((row) => element("tr", {}, ...row.map((text, i) => element("td", {}, i ? text : element("code", {}, text)))));
  return element("div", { class: "table" }, element("table", {}, element("caption", {}, heading), element("tbody", {}, ...cells)));
}

function sentence(text) {
  return text.replaceAll("\n", " ").replaceAll("`", "").split(". ")[0].replace(/\.$/, "");
}

// What stands between backquotes is code.
function prose(text) {
  return text.replaceAll("\n", " ").split("`").map((part, i) => (i % 2 ? element("code", {}, part) : part));
}

function example(path, method, operation, body) {
  const parts = ["curl"];
  const [type, content] = body[0] ?? ["", {}];
  if (type === "multipart/form-data") {
    const file = Object.entries(content.schema?.properties ?? {}).find(([, one]) => one.format === "binary");
    if (file) parts.push(`-F ${file[0]}=@car.jpg`);
  } else if (type === "application/json") {
    parts.push(`-X ${method}`, "-H 'Content-Type: application/json'", "-d '{…}'");
  } else if (type === "text/plain") {
    parts.push("--data-binary @car.base64");
  } else if (method !== "GET") {
    parts.push(`-X ${method}`);
  }
  const needed = (operation.parameters ?? []).filter((one) => one.required && one.in === "query").map((one) => `${one.name}=…`);
  parts.push(`'${location.origin}${path}${needed.length ? `?${needed.join("&")}` : ""}'`);
  return parts.join(" ");
}
