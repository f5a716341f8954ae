using Quern.Execution.Containment;

namespace Quern.Execution.Tests.Containment;

public sealed class UnitCgroupTests : IDisposable
{
    private readonly string _mount = Directory.CreateTempSubdirectory("quern-cgroup-").FullName;

    [Theory]
    [InlineData("0::/system.slice/quern-worker.service", "system.slice/quern-instances.service/runs")]
    [InlineData("0::/user.slice/user-1.slice/user@1.service/app.slice/quern-desktop.service", "user.slice/user-1.slice/user@1.service/app.slice/quern-desktop.service/runs")]
    [InlineData("0::/user.slice/user-1.slice/session-1.scope", null)]
    [InlineData("0::/", null)]
    [InlineData("4:memory:/quern-worker.service", null)]
    public void Find_takes_what_a_unit_of_ours_was_given(string line, string? expected)
    {
        Directory.CreateDirectory(Path.Combine(_mount, "system.slice/quern-instances.service"));
        Directory.CreateDirectory(Path.Combine(_mount, "user.slice/user-1.slice/user@1.service/app.slice/quern-desktop.service"));
        Assert.Equal(expected is null ? null : Path.Combine(_mount, expected), UnitCgroup.Find(_mount, ["7:pids:/", line]));
    }

    [Fact]
    public void Find_takes_nothing_where_the_unit_beside_it_is_stopped() =>
        Assert.Null(UnitCgroup.Find(_mount, ["0::/system.slice/quern-worker.service"]));

    public void Dispose() => Directory.Delete(_mount, recursive: true);
}
