// What pages need to be there.

/** Where a page of pages.js is. */
export async function addressOf({ path }) {
  return typeof path === 'function' ? path() : path;
}
