using Microsoft.Data.Sqlite;
using Quern.Core;

namespace Quern.Store;

/// <summary>Writes batches with commands that are prepared once. Not thread-safe: the committer owns it.</summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly List<PreparedCommand> all = [];
    private readonly PreparedCommand removeJob;
    private readonly PreparedCommand removeInstances;
    private readonly PreparedCommand clearItems;
    private readonly PreparedCommand job;
    private readonly PreparedCommand lastJob;
    private readonly PreparedCommand instance;
    private readonly PreparedCommand item;
    private readonly PreparedCommand worker;
    private readonly PreparedCommand happening;
    private readonly PreparedCommand request;
    private readonly PreparedCommand setting;
    private readonly PreparedCommand removeSetting;

    public SqliteWriter(SqliteConnection connection)
    {
        PreparedCommand Make(string sql, int parameters)
        {
            var command = new PreparedCommand(connection, sql, parameters);
            all.Add(command);
            return command;
        }

        removeJob = Make("DELETE FROM jobs WHERE id=$0", 1);
        removeInstances = Make("DELETE FROM instances WHERE job=$0", 1);
        clearItems = Make("DELETE FROM items WHERE job=$0", 1);
        job = Make("INSERT OR REPLACE INTO jobs VALUES ($0,$1,$2)", 3);
        lastJob = Make("UPDATE counters SET value=max(value,$0) WHERE name='last_job'", 1);
        instance = Make("INSERT OR REPLACE INTO instances VALUES ($0,$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)", 16);
        item = Make("INSERT OR REPLACE INTO items VALUES ($0,$1,$2,$3,$4,$5,$6,$7,$8,$9,$10)", 11);
        worker = Make("INSERT OR REPLACE INTO workers VALUES ($0,$1,$2,$3)", 4);
        happening = Make("INSERT INTO events VALUES ($0,$1,$2,$3,$4,$5,$6,$7)", 8);
        request = Make("INSERT OR REPLACE INTO requests VALUES ($0,$1,$2)", 3);
        setting = Make("INSERT OR REPLACE INTO settings VALUES ($0,$1)", 2);
        removeSetting = Make("DELETE FROM settings WHERE key=$0", 1);
    }

    public void Write(RowBatch batch, SqliteTransaction transaction)
    {
        all.ForEach(command => command.Use(transaction));
        foreach (var id in batch.RemovedJobs)
        {
            removeJob.Run(id);
            removeInstances.Run(id);
            clearItems.Run(id);
        }

        foreach (var id in batch.ClearedItems)
        {
            clearItems.Run(id);
        }

        foreach (var row in batch.Jobs)
        {
            job.Run(row.Id, row.Spec, row.State);
            lastJob.Run(row.Id);
        }

        foreach (var row in batch.Instances)
        {
            instance.Run(
                row.Job, row.Sub, row.Status, row.Run, row.Worker, row.Retries, row.Position, row.OutputPosition, row.OutputBytes, row.Leases,
                row.Account, row.Reason, row.Refusals, row.StartedMs, row.EndedMs, row.Phase);
        }

        foreach (var row in batch.Items)
        {
            item.Run(row.Job, row.Item, row.Status, row.Attempts, row.Retries, row.Sub, row.Worker, row.ExitCode, row.Reason, row.StartedMs, row.EndedMs);
        }

        WriteRest(batch);
    }

    public void Dispose() => all.ForEach(command => command.Dispose());

    private void WriteRest(RowBatch batch)
    {
        foreach (var row in batch.Workers)
        {
            worker.Run(row.Id, row.Name, row.Facts, row.LastContactMs);
        }

        foreach (var row in batch.Events)
        {
            happening.Run(row.Sequence, row.UnixMs, row.Job, row.Sub, row.Items, row.Who, row.From, row.Comment);
        }

        foreach (var row in batch.Requests)
        {
            request.Run(row.RequestId, row.UnixMs, row.JobIds);
        }

        foreach (var row in batch.Settings)
        {
            if (row.Value is null)
            {
                removeSetting.Run(row.Key);
            }
            else
            {
                setting.Run(row.Key, row.Value);
            }
        }
    }

    private sealed class PreparedCommand : IDisposable
    {
        private readonly SqliteCommand command;
        private readonly SqliteParameter[] parameters;

        public PreparedCommand(SqliteConnection connection, string sql, int count)
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant texts of this file only.
            command.CommandText = sql;
#pragma warning restore CA2100
            parameters = new SqliteParameter[count];
            for (var at = 0; at < count; at++)
            {
                parameters[at] = command.CreateParameter();
                parameters[at].ParameterName = $"${at}";
                command.Parameters.Add(parameters[at]);
            }
        }

        public void Use(SqliteTransaction transaction) => command.Transaction = transaction;

        public void Run(params ReadOnlySpan<object> values)
        {
            for (var at = 0; at < parameters.Length; at++)
            {
                parameters[at].Value = values[at];
            }

            command.ExecuteNonQuery();
        }

        public void Dispose() => command.Dispose();
    }
}
