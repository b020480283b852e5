// The screens in this tab: a terminal with pictures, and a line to the server.

const place = document.getElementById("terminal");
const body = document.body;

// the cookie carries the token from here on: it stays out of the history
history.replaceState(null, "", location.pathname);

// a reload finds the screens that this tab had
const tab = sessionStorage.getItem("tab") || crypto.randomUUID();
sessionStorage.setItem("tab", tab);

const terminal = new Terminal({
  allowProposedApi: true,
  scrollback: 0,
  fontSize: Number(place.dataset.fontSize),
  fontFamily: "'Roboto Mono', Monaco, 'Courier New', monospace",
  theme: { background: "#131415" },
});
const fit = new FitAddon.FitAddon();
let socket = null;

function cell() {
  const { width, height } = terminal._core._renderService.dimensions.css.cell;
  return [Math.round(width), Math.round(height)];
}

function tell(...words) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(words));
}

// pictures are drawn in whole pixels: so are the cells
function wholePixels() {
  const { css, device } = terminal._core._renderService.dimensions;
  const ratio = window.devicePixelRatio;
  const missing = Math.ceil(css.cell.width) * ratio - device.cell.width;
  if (Number.isInteger(ratio) && missing > 0) terminal.options.letterSpacing = missing;
}

function copied(data) {
  const [, text] = data.split(";");
  if (text && text !== "?") {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    navigator.clipboard.writeText(new TextDecoder().decode(bytes)).catch(() => {});
  }
  return true;
}

function said([type, payload]) {
  if (type === "open_url") window.open(payload.url, payload.new_tab ? "_blank" : "_self");
  if (type === "deliver_file_start") window.open(`${location.origin}/download/${payload}`, "_blank");
}

function connect() {
  const size = new URLSearchParams({
    width: terminal.cols, height: terminal.rows, cell: cell().join("x"), tab,
  });
  socket = new WebSocket(`${place.dataset.socket}?${size}`);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", (message) => {
    if (typeof message.data === "string") return said(JSON.parse(message.data));
    const bytes = new Uint8Array(message.data);
    terminal.write(bytes);
    if (bytes.length > 10) body.classList.add("-first-byte");
  });
  socket.addEventListener("close", () => body.classList.add("-closed"));
}

async function open() {
  await document.fonts.load(`${place.dataset.fontSize}px "Roboto Mono"`);
  terminal.loadAddon(new Unicode11Addon.Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  terminal.open(place);
  try {
    terminal.loadAddon(new WebglAddon.WebglAddon());
  } catch {
    // without it the page draws the letters itself
  }
  terminal.loadAddon(fit);
  terminal.loadAddon(new ImageAddon.ImageAddon({ storageLimit: 256, showPlaceholder: false }));
  terminal.parser.registerOscHandler(52, copied);
  terminal.onData((keys) => tell("stdin", keys));
  terminal.onResize(({ cols, rows }) => tell("resize", { width: cols, height: rows }));
  terminal.textarea.addEventListener("focus", () => tell("focus"));
  terminal.textarea.addEventListener("blur", () => tell("blur"));
  window.addEventListener("resize", () => fit.fit());
  window.addEventListener("focus", () => terminal.focus());
  wholePixels();
  fit.fit();
  connect();
  terminal.focus();
}

open();
