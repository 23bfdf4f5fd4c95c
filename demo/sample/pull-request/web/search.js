// The search box: shows what matches while one types.
const box = document.querySelector('#search');
const results = document.querySelector('#results');

box.addEventListener('input', async () => {
  const response = await fetch(`/api/search?term=${encodeURIComponent(box.value)}`);
  const { items } = await response.json();
  results.innerHTML = items.map((item) => `<li>${item.name} <em>${item.note}</em></li>`).join('');
});
