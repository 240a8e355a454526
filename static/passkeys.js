/* What allauth's script would only tell the console: a passkey that was not given. */
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.getElementById("passkey-error");
  place.hidden = false;
  place.textContent = "That did not work, or was cancelled. Nothing was changed; you can try again.";
});
