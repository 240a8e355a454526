/* A page that the browser kept whole and shows again on the way back may be from before a sign-out: ask anew. */
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
