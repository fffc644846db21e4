/**
 * Loads files of the site, or says in words why they cannot be loaded.
 */

/** @param {URL} url @returns {Promise<any>} */
export async function fetchJson(url) {
  return (await fetched(url)).json();
}

/** @param {URL} url @returns {Promise<string>} */
export async function fetchText(url) {
  return (await fetched(url)).text();
}

/** @param {URL} url */
async function fetched(url) {
  const name = url.pathname.split("/").pop();
  const response = await fetch(url).catch(() => {
    throw new Error(`${name} could not be loaded; see whether you are online, and try again`);
  });
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return response;
}
