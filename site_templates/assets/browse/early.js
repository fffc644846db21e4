/* Runs before the list is shown: where the URL asks for a view of its own, the newest papers in the
   HTML are kept from flashing up. browse.css shows them after a moment in any case. A view that takes
   all the room there is has it from the beginning, so that the header does not move; views.js decides. */
{
  const asked = new URLSearchParams(location.search);
  const view = asked.get("view");
  const isWide = view === "table" || (view === "compare" && asked.has("ids"));
  if (location.search.length > 1) document.documentElement.classList.add("browse-pending");
  if (isWide) document.documentElement.classList.add("browse-wide");
}
