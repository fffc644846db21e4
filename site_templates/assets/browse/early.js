/* Runs before the list is shown: where the URL asks for a view of its own, the newest papers in the
   HTML are kept from flashing up. browse.css shows them after a moment in any case. */
if (location.search.length > 1) document.documentElement.classList.add("browse-pending");
