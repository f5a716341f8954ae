using Quern.Worker.Joining;

namespace Quern.Worker.Tests.Joining;

public sealed class WorkerLockTests
{
    [Fact]
    public void Second_worker_on_a_record_is_refused_until_the_first_has_ended()
    {
        var folder = Directory.CreateTempSubdirectory("quern-lock-");
        try
        {
            using (WorkerLock.Take(folder.FullName))
            {
                var refusal = Assert.Throws<RefusalException>(() => WorkerLock.Take(folder.FullName));
                Assert.Contains("--name", refusal.Message, StringComparison.Ordinal);
            }

            WorkerLock.Take(folder.FullName).Dispose();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
