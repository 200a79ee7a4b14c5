// Asks the browser for a passkey and sends its answer as a form. Where there are no passkeys, the form stays hidden.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer ?? []))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

function question(form) {
  const { challenge, site, user, name, known } = form.dataset;
  const common = { challenge: bytes(challenge), timeout: 300000 };
  if (form.dataset.passkey === 'get') {
    return { publicKey: { ...common, rpId: site, userVerification: 'required' } };
  }
  return {
    publicKey: {
      ...common,
      rp: { id: site, name: 'Gatehouse' },
      user: { id: new TextEncoder().encode(user), name, displayName: name },
      pubKeyCredParams: form.dataset.algorithms.split(' ').map((alg) => ({ type: 'public-key', alg: Number(alg) })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
      excludeCredentials: known.split(' ').filter(Boolean).map((id) => ({ type: 'public-key', id: bytes(id) })),
    },
  };
}

async function answer(form, way) {
  const { passkey } = form.dataset;
  const credential = await navigator.credentials[passkey]({ ...question(form), ...way });
  const { response } = credential;
  const fields = {
    credential_id: credential.rawId,
    client_data: response.clientDataJSON,
    authenticator_data: response.authenticatorData,
    signature: response.signature,
    user_handle: response.userHandle,
    attestation: response.attestationObject,
  };
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = text(value);
  }
  if (passkey === 'create') sessionStorage.setItem(MADE, text(credential.rawId));
}

// One that the server does not take is none to keep on the device.
const MADE = 'gatehouse.passkey';

function forget({ dataset: { site, known } }) {
  const made = sessionStorage.getItem(MADE);
  sessionStorage.removeItem(MADE);
  if (!made || !document.querySelector('.error-summary') || known.split(' ').includes(made)) return;
  PublicKeyCredential.signalUnknownCredential?.({ rpId: site, credentialId: made });
}

function tell(form, error) {
  const told = form.querySelector('[data-failed]');
  told.hidden = false;
  told.textContent = error.name === 'InvalidStateError'
    ? 'This device has a passkey for your account already.'
    : form.dataset.passkey === 'create'
      ? 'No passkey was added. Try once more.'
      : 'No passkey was used. Try once more, or use your password.';
}

// Beside the passwords that the browser keeps, in the field for the address (conditional mediation, Web Authentication
// §5.1.4); the button ends the offer.
async function offer(form, until) {
  if (!document.querySelector('input[autocomplete~="webauthn"]')) return;
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  try {
    await answer(form, { mediation: 'conditional', signal: until });
    form.submit();
  } catch { /* nobody took it */ }
}

if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll('[data-passkeys]')) part.hidden = false;
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const offered = new AbortController();
    form.hidden = false;
    for (const other of document.querySelectorAll('[data-no-passkeys]')) other.hidden = true;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      // Nothing is made for a form that would come back.
      if (!form.reportValidity()) return;
      offered.abort();
      answer(form).then(() => form.submit(), (error) => tell(form, error));
    });
    if (form.dataset.passkey === 'create') forget(form);
    else offer(form, offered.signal);
  }
}
