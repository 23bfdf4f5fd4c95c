export interface Database {
  query<Row>(text: string, values: readonly unknown[]): Promise<Row[]>;
}
