<?php

declare(strict_types=1);

final class Articles
{
    private const PER_PAGE = 20;

    public function __construct(private PDO $db)
    {
    }

    /** @return list<array{id: int, title: string, teaser: string}> */
    public function newest(int $limit): array
    {
        $statement = $this->db->prepare('SELECT id, title, teaser FROM articles ORDER BY published_at DESC LIMIT ?');
        $statement->bindValue(1, $limit, PDO::PARAM_INT);
        $statement->execute();

        return $statement->fetchAll(PDO::FETCH_ASSOC);
    }

    /** @return array{articles: list<array{id: int, title: string, teaser: string}>, pages: int} */
    public function search(string $term, int $page): array
    {
        $like = '%' . addcslashes($term, '%_\\') . '%';
        $count = $this->db->prepare('SELECT COUNT(*) FROM articles WHERE title LIKE ? OR teaser LIKE ?');
        $count->execute([$like, $like]);
        $pages = (int) ceil((int) $count->fetchColumn() / self::PER_PAGE);

        $statement = $this->db->prepare(
            'SELECT id, title, teaser FROM articles WHERE title LIKE ? OR teaser LIKE ?
             ORDER BY published_at DESC, id DESC LIMIT ? OFFSET ?'
        );
        $statement->bindValue(1, $like);
        $statement->bindValue(2, $like);
        $statement->bindValue(3, self::PER_PAGE, PDO::PARAM_INT);
        $statement->bindValue(4, ($page - 1) * self::PER_PAGE, PDO::PARAM_INT);
        $statement->execute();

        return ['articles' => $statement->fetchAll(PDO::FETCH_ASSOC), 'pages' => $pages];
    }
}
