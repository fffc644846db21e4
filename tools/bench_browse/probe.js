/**
 * Runs before a page's own scripts: notes when the first answer is painted, and how long each keystroke or tick
 * takes until its answer is. An answer is new text in the count above the list or new papers in the list;
 * painted means that the frame which holds it has been drawn.
 */

/** Keys and clicks without an answer, such as one that changes nothing, are given up after this many milliseconds. */
const LONGEST = 3000;

/** Calls back after the next frame is drawn: a message sent from a frame's callback arrives behind the frame. */
function afterPaint(callback) {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = callback;
    port2.postMessage(null);
  });
}

/** Tells the page's thread apart in a trace. */
performance.mark("probe");

const answered = Promise.withResolvers();
const times = [];

window.probe = {
  /** Milliseconds from the navigation to the first answer on the screen. */
  answered: answered.promise,
  /** Of each keystroke or tick since the last call, milliseconds until its answer is in the page, and until it is on the screen. */
  taken: () => times.splice(0),
  /** Until the answer to the last of them is on the screen. */
  painted: Promise.resolve(),
};

let waiting = null;

function begin({ timeStamp }) {
  const { promise, resolve } = Promise.withResolvers();
  waiting = () => {
    const inPage = performance.now() - timeStamp;
    afterPaint(() => resolve(times.push([inPage, performance.now() - timeStamp])));
  };
  setTimeout(resolve, LONGEST);
  window.probe.painted = promise;
}
for (const type of ["keydown", "click"]) addEventListener(type, begin, true);

document.addEventListener("DOMContentLoaded", () => {
  let first = true;
  const observer = new MutationObserver(() => {
    if (first && document.getElementById("browse-count").textContent.includes(" of ")) {
      first = false;
      afterPaint(() => answered.resolve(performance.now()));
    }
    waiting?.();
    waiting = null;
  });
  for (const id of ["browse-count", "browse-list"]) observer.observe(document.getElementById(id), { childList: true });
});
