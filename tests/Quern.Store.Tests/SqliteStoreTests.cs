using Microsoft.Data.Sqlite;
using Quern.Core;

namespace Quern.Store.Tests;

public sealed class SqliteStoreTests : StoreContract
{
    private protected override IPlace NewPlace() => new Place();

    // Each makes a file and syncs it.
    private protected override int Iterations => 25;

    [Fact]
    public void ASecondSupervisorIsRefused()
    {
        using var folder = new Folder();
        using (SqliteStore.Open(folder.Path))
        {
            var refusal = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
            Assert.Contains("in use by another supervisor", refusal.Message, StringComparison.Ordinal);
        }
        SqliteStore.Open(folder.Path).Dispose();
    }

    [Fact]
    public void ItsFilesAreItsOwn()
    {
        using var folder = new Folder();
        using var store = SqliteStore.Open(folder["supervisor"]);
        store.Commit([Sample.Batch(batch => batch.Jobs.Add(Sample.Job(1)))]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, new DirectoryInfo(folder["supervisor"]).UnixFileMode);
        var files = Directory.GetFiles(folder["supervisor"]);
        Assert.Contains(folder["supervisor/farm.db-wal"], files);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(file).UnixFileMode));
    }

    [Fact]
    public void ANewerStoreIsRefusedAndNotTouched()
    {
        using var folder = new Folder();
        SqliteStore.Open(folder["farm.db"], [.. Schema.Migrations, "CREATE TABLE later(id INTEGER PRIMARY KEY);"], 0).Dispose();
        var before = File.ReadAllBytes(folder["farm.db"]);
        var refusal = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
        Assert.Contains("a newer Quern wrote it", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder["farm.db"]));
    }

    [Fact]
    public void AMigrationKeepsABackupOfWhatWas()
    {
        using var folder = new Folder();
        using (var old = SqliteStore.Open(folder.Path))
        {
            old.Commit([Sample.Batch(batch => batch.Jobs.Add(Sample.Job(1)))]);
        }
        string[] migrations = [.. Schema.Migrations, "ALTER TABLE workers RENAME COLUMN facts TO details; ALTER TABLE workers RENAME COLUMN details TO facts;"];
        using (var migrated = SqliteStore.Open(folder["farm.db"], migrations, 0))
        {
            Assert.Single(migrated.Load().Jobs);
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(folder[$"farm.db.v{Schema.Migrations.Length}.backup"]).UnixFileMode);
        File.Copy(folder[$"farm.db.v{Schema.Migrations.Length}.backup"], folder["farm.db"], overwrite: true);
        using var back = SqliteStore.Open(folder.Path);
        Assert.Single(back.Load().Jobs);
    }

    [Fact]
    public void AMigrationThatFailsChangesNothing()
    {
        using var folder = new Folder();
        SqliteStore.Open(folder.Path).Dispose();
        Assert.Throws<StoreException>(() => SqliteStore.Open(folder["farm.db"], [.. Schema.Migrations, "DROP TABLE items; DROP TABLE nothing;"], 0));
        using var store = SqliteStore.Open(folder.Path);
        Assert.Empty(store.Load().Items);
    }

    [Fact]
    public void AFileOfAnotherProgramIsRefused()
    {
        using var folder = new Folder();
        using (var connection = new SqliteConnection($"Data Source={folder["farm.db"]};Pooling=False"))
        {
            connection.Open();
            Schema.Execute(connection, "CREATE TABLE photos(id INTEGER PRIMARY KEY)");
        }
        var refusal = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
        Assert.Contains("another program", refusal.Message, StringComparison.Ordinal);
        File.WriteAllText(folder["farm.db"], string.Concat(Enumerable.Repeat("this is a letter to my aunt. ", 300)));
        refusal = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
        Assert.Contains("not a store of Quern", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFullDiskIsSaidAndNothingIsHalfDone()
    {
        using var folder = new Folder();
        using (var store = SqliteStore.Open(folder["farm.db"], Schema.Migrations, 60))
        {
            store.Commit([Sample.Batch(batch => batch.Jobs.Add(Sample.Job(1)))]);
            var refusal = Assert.Throws<StoreException>(() => store.Commit([Sample.Batch(batch =>
            {
                batch.Jobs.Add(Sample.Job(2));
                batch.Items.AddRange(Enumerable.Range(0, 20_000).Select(item => Sample.Item(2, item)));
            })]));
            Assert.Contains("free space there", refusal.Message, StringComparison.Ordinal);
            Assert.Single(store.Load().Jobs);
            store.Commit([Sample.Batch(batch => batch.Jobs.Add(Sample.Job(3)))]);
        }
        using var again = SqliteStore.Open(folder.Path);
        Assert.Equal([1, 3], again.Load().Jobs.Select(row => row.Id));
    }

    [Fact]
    public void AFolderThatCannotBeMadeIsSaid()
    {
        using var folder = new Folder();
        File.WriteAllText(folder["file"], "");
        var refusal = Assert.Throws<StoreException>(() => SqliteStore.Open(folder["file/state"]));
        Assert.DoesNotContain("another supervisor", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    private sealed class Place : IPlace
    {
        private readonly Folder _folder = new();

        public IFarmStore Open() => SqliteStore.Open(_folder.Path);

        public void Dispose() => _folder.Dispose();
    }
}
