// form[data-passkey]: "add" makes a passkey, "use" proves that one is there; the answer goes into its field "credential".
// data-options names the element that holds the server's options; a form without one fetches them from its own address.

const canHave = window.isSecureContext && "parseRequestOptionsFromJSON" in (window.PublicKeyCredential ?? {})
  && !/^[\d.]+$|^\[/.test(location.hostname); // a passkey belongs to a name, never to an address in figures

const ceremonies = {
  add: (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  use: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

// What browsers mean by the names of their errors.
const sentences = {
  NotAllowedError: "That was not finished. Try again when you are ready.",
  InvalidStateError: "This device has a passkey for your account already.",
  SecurityError: "Passkeys do not work at this address.",
};

async function optionsFor(form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent).publicKey;
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`answer ${answer.status}`);
  return (await answer.json()).request_options.publicKey;
}

function byItself(options) {
  // The device keeps it and asks who is there, so that neither password nor e-mail has to be typed.
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
      said.textContent = "This browser offers no passkeys at this address.";
      return;
    }
    button.disabled = true;
    try {
      await answer(form);
    } catch (error) {
      said.textContent = sentences[error.name] ?? "That did not work. Reload the page, then try again.";
    } finally {
      button.disabled = false;
    }
  });
}
