// Sends the answer to the application; without script the page's button does it.
document.querySelector('form[data-submit]')?.submit();
