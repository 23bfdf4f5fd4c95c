<?php /** @var list<array{id: int, title: string, teaser: string}> $articles */ ?>
<ul class="articles">
  <?php foreach ($articles as $article): ?>
    <li>
      <a href="/articles/<?= $article['id'] ?>"><?= e($article['title']) ?></a>
      <p><?= e($article['teaser']) ?></p>
    </li>
  <?php endforeach; ?>
</ul>
