<?php

declare(strict_types=1);

require_once __DIR__ . '/html.php';
require_once __DIR__ . '/articles.php';

const TERM_MAX_CHARS = 100;
const PAGE_MAX = 1000;

function searchPage(Articles $articles, array $query): string
{
    $term = mb_substr(trim((string) ($query['q'] ?? '')), 0, TERM_MAX_CHARS);
    $page = min(PAGE_MAX, max(1, (int) ($query['page'] ?? 1)));
    $found = $term === '' ? ['articles' => [], 'pages' => 0] : $articles->search($term, $page);

    return render('search', ['term' => $term, 'page' => $page] + $found);
}

function render(string $template, array $values): string
{
    extract($values, EXTR_SKIP);
    ob_start();
    require __DIR__ . "/../templates/{$template}.php";

    return (string) ob_get_clean();
}
