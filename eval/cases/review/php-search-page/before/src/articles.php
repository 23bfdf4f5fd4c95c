<?php

declare(strict_types=1);

final class Articles
{
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
}
