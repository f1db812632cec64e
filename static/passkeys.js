// form[data-passkey]: "add" creates a passkey, "use" signs in with one. The result goes into the field "credential".
// data-options is the id of the element with the server's options; without it they are fetched from the form's action.

const canHave = window.isSecureContext && "parseRequestOptionsFromJSON" in (window.PublicKeyCredential ?? {})
  && !/^[\d.]+$|^\[/.test(location.hostname); // passkeys need a host name, not an IP address

const ceremonies = {
  add: (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  use: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

// The browser's errors by name, as sentences for users.
const sentences = {
  NotAllowedError: "The request was cancelled or timed out. Try again.",
  InvalidStateError: "This device already has a passkey for your account.",
  SecurityError: "Passkeys do not work at this address.",
};

async function optionsFor(form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent).publicKey;
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`answer ${answer.status}`);
  return (await answer.json()).request_options.publicKey;
}

function byItself(options) {
  // A discoverable passkey with user verification replaces both email and password.
  const selection = { ...options.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
  return { ...options, authenticatorSelection: selection };
}

async function answer(form) {
  let options = await optionsFor(form);
  if (form.elements.passwordless?.checked) options = byItself(options);
  const credential = await ceremonies[form.dataset.passkey](options);
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !canHave && form.dataset.passkey === "use";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("p.error[role=alert]");
    const button = form.querySelector("button:not([type=button])");
    said.textContent = "";
    if (!canHave) {
      said.textContent = "This browser does not support passkeys at this address.";
      return;
    }
    button.disabled = true;
    try {
      await answer(form);
    } catch (error) {
      said.textContent = sentences[error.name] ?? "Something went wrong. Reload the page and try again.";
    } finally {
      button.disabled = false;
    }
  });
}
