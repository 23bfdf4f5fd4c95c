<?php
/** @var string $term */
/** @var int $page */
/** @var int $pages */
/** @var list<array{id: int, title: string, teaser: string}> $articles */
?>
<form action="/search" method="get" role="search">
  <label for="q">Search</label>
  <input id="q" name="q" type="search" maxlength="100" value="<?= e($term) ?>">
  <button>Go</button>
</form>

<?php if ($term !== '' && $articles === []): ?>
  <p>Nothing was found for “<?= e($term) ?>”.</p>
<?php endif; ?>

<?php require __DIR__ . '/list.php'; ?>

<?php if ($pages > 1): ?>
  <nav aria-label="Pages">
    <?php if ($page > 1): ?>
      <a rel="prev" href="/search?q=<?= rawurlencode($term) ?>&amp;page=<?= $page - 1 ?>">Newer</a>
    <?php endif; ?>
    <span><?= $page ?> of <?= $pages ?></span>
    <?php if ($page < $pages): ?>
      <a rel="next" href="/search?q=<?= $term ?>&amp;page=<?= $page + 1 ?>">Older</a>
    <?php endif; ?>
  </nav>
<?php endif; ?>
