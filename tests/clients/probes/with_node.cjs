// DuckDB's Node client. Arguments: the folder whose node_modules holds it, the file. The same two lines of JSON as probe.py.
const { createRequire } = require('node:module');
const readline = require('node:readline');

const [folder, path] = process.argv.slice(2);
const { DuckDBInstance, ...api } = createRequire(`${folder}/`)('@duckdb/node-api');

const TABLES = "select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'audit') order by all";
const FIGURE = "select net_revenue_cny from marts.core_daily where business_type = 'all'";
const WRITE = 'update marts.core_daily set net_revenue_cny = 0';

function kind(value) {
  if (value instanceof api.DuckDBDecimalValue) return 'decimal';
  if (value instanceof api.DuckDBDateValue) return 'date';
  if (value instanceof api.DuckDBTimestampValue) return 'timestamp';
  return { string: 'text', bigint: 'integer', number: 'float', boolean: 'boolean' }[typeof value] ?? typeof value;
}

async function open() {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const read = (query) => connection.runAndReadAll(query);
  return {
    tables: async () => (await read(TABLES)).getRows(),
    columns: async (schema, table) => {
      const result = await read(`select * from ${schema}.${table}`);
      const rows = result.getRows();
      JSON.stringify(result.getRowObjectsJson());
      const kinds = result.columnNames().map((name, index) => {
        const found = new Set(rows.map((row) => row[index]).filter((value) => value !== null).map(kind));
        return [name, [...found].sort()];
      });
      return { row_count: rows.length, kinds: Object.fromEntries(kinds) };
    },
    figure: async () => {
      const fen = (await read(FIGURE)).getRows().reduce((sum, [decimal]) => sum + decimal.value, 0n);
      return `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`;
    },
    write: () => read(WRITE),
    close: () => { connection.closeSync(); instance.closeSync(); },
  };
}

async function main() {
  const held = await open();
  const refusal = await held.write().then(() => null, (error) => error.message.split('\n')[0]);
  const tables = {};
  for (const [schema, table] of await held.tables()) tables[`${schema}.${table}`] = await held.columns(schema, table);
  console.log(JSON.stringify({ tables, net_revenue_cny: await held.figure(), write_refusal: refusal }));

  const input = readline.createInterface({ input: process.stdin });
  await new Promise((resolve) => input.once('line', resolve));
  input.close();
  const answer = { held: await held.figure() };
  const second = await open();
  answer.second = await second.figure();
  second.close();
  held.close();
  const again = await open();
  answer.reopened = await again.figure();
  again.close();
  console.log(JSON.stringify(answer));
}

main();
