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

async function answer(form) {
  const { passkey } = form.dataset;
  const credential = await navigator.credentials[passkey](question(form));
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

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    for (const other of document.querySelectorAll('[data-no-passkeys]')) other.hidden = true;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      answer(form).then(() => form.submit(), (error) => tell(form, error));
    });
  }
}
