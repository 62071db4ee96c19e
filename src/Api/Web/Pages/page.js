(() => {
  const code = document.getElementById("code");
  const button = document.getElementById("copy");
  const said = document.getElementById("copied");
  button.hidden = false;
  button.addEventListener("click", async () => {
    let copied = false;
    try {
      await navigator.clipboard.writeText(code.textContent);
      copied = true;
    } catch {
      getSelection().selectAllChildren(code);
      copied = document.execCommand("copy");
    }
    said.textContent = copied ? "Copied." : "The code is selected: copy it from there.";
  });
})();
