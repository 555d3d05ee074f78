/**
 * The parts that the charts share: colours that read on light and dark pages,
 * text and lines.
 *
 * @module
 */

/** Attributes of an element. */
export type Attributes = Record<string, string | number>;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #57606a; }
  .title { font-size: 14px; font-weight: 600; }
  .value { font-weight: 600; fill: #2563eb; }
  .small { font-size: 10px; }
  .grid { stroke: #8c959f; stroke-opacity: .35; }
  .floor { stroke: #57606a; }
  .bar { stroke: #d97706; stroke-width: 2; }
  .peer { fill: #8c959f; fill-opacity: .25; stroke: #8c959f; }
  .dekka { fill: #2563eb; }
  .line { fill: none; stroke: #2563eb; stroke-width: 2; }
  .reference { fill: none; stroke: #8c959f; stroke-dasharray: 4 3; }
  .on { fill: #ffffff; font-weight: 700; }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1; }
    .value { fill: #60a5fa; }
    .floor { stroke: #9198a1; }
    .dekka { fill: #3b82f6; }
    .line { stroke: #60a5fa; }
    .on { fill: #ffffff; }
  }`;

/** Writes one element. */
export function element(
  name: string,
  attributes: Attributes,
  content = "",
): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${value}"`).join("");
  return content === ""
    ? `<${name}${written}/>`
    : `<${name}${written}>${content}</${name}>`;
}

/** Writes text. */
export function text(
  content: string,
  x: number,
  y: number,
  attributes: Attributes = {},
): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return element("text", { x, y, ...attributes }, safe);
}

/** Draws a straight line. */
export function line(
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  name: string,
): string {
  return element("line", { x1, y1, x2, y2, class: name });
}

/** Puts the parts together. */
export function picture(
  width: number,
  height: number,
  title: string,
  parts: readonly string[],
): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
  };
  const content = [
    element("title", {}, title),
    element("style", {}, STYLE),
    ...parts,
  ];
  return `${element("svg", attributes, `\n${content.join("\n")}\n`)}\n`;
}
