/* The door: counts that keep themselves right, and the camera where the browser can read codes. All works without. */
{
  const counts = document.querySelector(".door-counts");
  if (counts) {
    const stale = document.querySelector(".door-stale");
    const ask = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(counts.dataset.from, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
        if (answer.status === 404) return location.reload(); // no longer signed in, or no longer at the door: it says so
        if (!answer.ok) throw new Error(answer.status);
        const found = await answer.json();
        for (const place of document.querySelectorAll("[data-count]")) place.textContent = found[place.dataset.count];
        stale.hidden = true;
      } catch {
        stale.hidden = false;
      }
    };
    setInterval(ask, 15_000);
    document.addEventListener("visibilitychange", ask); // a phone that slept
  }

  // What a code holds is followed if it is the address of a pass of this very site, to the letter, and nothing else is.
  const OURS = /^\/pass\/([0-9A-HJKMNP-TV-Z]{16})\/$/;
  const passIn = (text) => (text.startsWith(`${location.origin}/`) ? text.slice(location.origin.length).match(OURS)?.[1] : undefined);

  const box = document.querySelector(".door-camera");
  const withCamera = () => {
    const [button, video, said] = box.querySelectorAll("button, video, [role=status]");
    let stream;
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
      stream = undefined;
      video.hidden = true;
      button.setAttribute("aria-pressed", "false");
    };
    const look = async (detector, of) => {
      while (stream === of) {
        const codes = await detector.detect(video).catch(() => []);
        if (stream !== of) return; // stopped meanwhile
        const token = codes.map(({ rawValue }) => passIn(rawValue)).find(Boolean);
        if (token) {
          stop();
          said.textContent = "Read.";
          return location.assign(`/pass/${token}/`);
        }
        if (codes.length) said.textContent = "This is no pass of the Tech Track.";
        await new Promise((done) => { setTimeout(done, 150); });
      }
    };
    const start = async () => {
      said.textContent = "";
      try {
        const found = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        stream = found;
        video.srcObject = found;
        video.hidden = false;
        button.setAttribute("aria-pressed", "true");
        await video.play();
        look(new BarcodeDetector({ formats: ["qr_code"] }), found);
      } catch {
        stop();
        said.textContent = "The camera is not to be had. Type the code instead.";
      }
    };
    const remember = (on) => { try { sessionStorage.setItem("door-camera", on); } catch { /* not kept, then */ } };
    button.addEventListener("click", () => {
      remember(stream ? "off" : "on");
      if (stream) stop();
      else start();
    });
    box.hidden = false;
    addEventListener("pagehide", stop);
    try {
      if (sessionStorage.getItem("door-camera") === "on") start(); // it was on for the pass before
    } catch { /* nothing is kept here */ }
  };
  if (box && "BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
    BarcodeDetector.getSupportedFormats().then((formats) => { if (formats.includes("qr_code")) withCamera(); }, () => {});
  }
}
