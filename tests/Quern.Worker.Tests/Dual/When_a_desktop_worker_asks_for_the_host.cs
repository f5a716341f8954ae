using Quern.Worker.Dual;
using Quern.Worker.Link;
using Quern.Worker.Local;
using Quern.Worker.Tests.Local;

namespace Quern.Worker.Tests.Dual;

/// <summary>The desktop worker's side and the service worker's door, over a real socket.</summary>
public sealed class When_a_desktop_worker_asks_for_the_host : IAsyncDisposable
{
    private const string Version = "1.0";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("quern-loan-");
    private readonly LendingHarness _machine = new();
    private readonly CancellationTokenSource _stopping = new();
    private LocalListener? _listener;
    private Task _listening = Task.CompletedTask;

    [Fact]
    public async Task Should_have_it_with_a_key_of_its_own_until_it_gives_it_back()
    {
        Open();
        var told = new List<string>();
        var asking = AskAsync(told.Add);
        await DrainAsync();
        var loan = await asking.WaitAsync(LendingHarness.Patience);
        Assert.Equal(("node-1", 7, new SupervisorAddress("farm", 50001)), (loan.Name, loan.WorkerId, loan.Supervisor));
        Assert.True(loan.Identity().Certificate.HasPrivateKey);
        Assert.Contains("worker_dual_items = finish", Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal(Environment.ProcessId, ProcessOf(_machine.Lender.View.Why));
        await loan.DisposeAsync();
        await _machine.HolderAsync("service");
    }

    [Fact]
    public async Task Should_get_a_new_certificate_before_the_old_one_is_over()
    {
        Open();
        var asking = AskAsync();
        await DrainAsync();
        await using var loan = await asking.WaitAsync(LendingHarness.Patience);
        var first = loan.Identity();
        await LendingHarness.UntilAsync(
            () =>
            {
                _machine.Clock.Advance(TimeSpan.FromMinutes(1));
                return !ReferenceEquals(first, loan.Identity());
            },
            "it is renewed");
        Assert.False(loan.Ended.IsCompleted);
    }

    [Fact]
    public async Task Should_know_at_once_when_the_service_ends()
    {
        Open();
        var asking = AskAsync();
        await DrainAsync();
        await using var loan = await asking.WaitAsync(LendingHarness.Patience);
        await _stopping.CancelAsync();
        await loan.Ended.WaitAsync(LendingHarness.Patience);
    }

    [Fact]
    public async Task Should_be_refused_for_good_when_somebody_else_asks()
    {
        Open(uid: HostFacts.Uid() + 1);
        Assert.Contains("to the desktop worker of ann only", (await Assert.ThrowsAsync<RefusalException>(() => AskAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_be_refused_for_good_when_it_is_of_another_version()
    {
        Open();
        Assert.Contains("version 0.9", (await Assert.ThrowsAsync<RefusalException>(() => AskAsync(version: "0.9"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_be_refused_for_good_on_a_machine_that_is_not_in_dual_mode()
    {
        Open(isDual: false);
        Assert.Contains("not in dual mode", (await Assert.ThrowsAsync<RefusalException>(() => AskAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_be_told_to_ask_again_where_the_supervisor_is_away_or_another_has_it()
    {
        Open();
        _machine.Refusal = "the supervisor cannot be reached";
        Assert.Equal("the supervisor cannot be reached", (await Assert.ThrowsAsync<LoanUnansweredException>(() => AskAsync())).Message);
        _machine.Refusal = null;
        var asking = AskAsync();
        await DrainAsync();
        await using var loan = await asking.WaitAsync(LendingHarness.Patience);
        Assert.Contains("another desktop worker of ann", (await Assert.ThrowsAsync<LoanUnansweredException>(() => AskAsync())).Message, StringComparison.Ordinal);
        Assert.False(loan.Ended.IsCompleted);
    }

    [Fact]
    public async Task Should_wait_for_a_service_that_is_not_there_and_say_so_once()
    {
        var borrower = new HostBorrower(SocketPath, Version, new Backoff(new Random(1)), _machine.Log, TimeProvider.System);
        using var stopping = new CancellationTokenSource();
        var borrowing = borrower.BorrowAsync(stopping.Token);
        await LendingHarness.UntilAsync(() => _machine.Lines.Has("the machine's service does not answer"), "it says so");
        Open();
        await DrainAsync();
        await using var loan = await borrowing.WaitAsync(LendingHarness.Patience);
        Assert.NotNull(loan);
    }

    [Fact]
    public async Task Should_stop_waiting_when_it_is_told_to()
    {
        Open();
        using var stopping = new CancellationTokenSource();
        var borrowing = new HostBorrower(SocketPath, Version, new Backoff(new Random(1)), _machine.Log, TimeProvider.System).BorrowAsync(stopping.Token);
        await _machine.HolderAsync("passing");
        await stopping.CancelAsync();
        Assert.Null(await borrowing.WaitAsync(LendingHarness.Patience));
        await _machine.HolderAsync("service");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener?.Dispose();
        await _machine.DisposeAsync();
        _stopping.Dispose();
        _folder.Delete(recursive: true);
    }

    private string SocketPath => Path.Combine(_folder.FullName, "w.sock");

    private void Open(uint? uid = null, bool isDual = true)
    {
        var door = new LocalDoor(HostFacts.Uid(), "root", IsDesktop: false, "node-1", number => $"user{number}");
        var passThrough = new PassThrough(_ => throw new BadRequestException(502, "nobody is there"), TimeProvider.System);
        var loans = isDual ? new LoanDoor(_machine.Lender, LendingHarness.Person, uid ?? HostFacts.Uid(), Version) : null;
        _listener = new LocalListener(SocketPath, door, new FakeLocalWorker(), passThrough, loans, _machine.Log, TimeProvider.System);
        _listener.Open();
        _listening = _listener.RunAsync(_stopping.Token);
    }

    private Task<HostLoan> AskAsync(Action<string>? told = null, string version = Version) =>
        HostLoan.AskAsync(SocketPath, version, told ?? (_ => { }), TimeProvider.System, _stopping.Token);

    private async Task DrainAsync()
    {
        await _machine.DrainAsync();
        await _machine.HolderAsync("desktop");
    }

    private static int ProcessOf(string why) => int.Parse(System.Text.RegularExpressions.Regex.Match(why, @"process (\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
}
