using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Quern.Protocol.Api;
using Quern.Worker.Core;
using Quern.Worker.Dual;

namespace Quern.Worker.Tests.Dual;

/// <summary>A lender with a made-up service worker, supervisor and clock.</summary>
internal sealed class LendingHarness : IAsyncDisposable
{
    public const string Person = "ann";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private readonly X509Certificate2 _authority;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public LendingHarness()
    {
        var root = new CertificateRequest("CN=farm", _key, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        _authority = root.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        Log = new WorkerLog(Lines, Clock);
        var office = new LoanOffice(new LentPlace("node-1", 7, _authority.ExportCertificatePem(), () => "farm:50001"), CertifyAsync, Log);
        Lender = new HostLender(Person, Service, office, () => Items, Log, Clock);
        _running = Lender.RunAsync(_stopping.Token);
    }

    public FakeTimeProvider Clock { get; } = new();
    public FakeService Service { get; } = new();
    public HostLender Lender { get; }
    public LogLines Lines { get; } = new();
    public WorkerLog Log { get; }
    public YieldKind Items { get; set; } = YieldKind.Finish;

    /// <summary>What the supervisor says instead of giving a certificate.</summary>
    public string? Refusal { get; set; }

    public int Certificates { get; private set; }

    public List<LoanLine> Said { get; } = [];

    /// <summary>A desktop worker of the person asks.</summary>
    public LoanAsk Ask(int pid = 1, bool isHeard = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ask = new LoanAsk(pid, new CertificateRequest("CN=desktop", key, HashAlgorithmName.SHA256).CreateSigningRequestPem(), line =>
        {
            lock (Said)
            {
                Said.Add(line);
            }

            return Task.CompletedTask;
        });
        Assert.Equal(isHeard, Lender.Ask(ask) is null);
        return ask;
    }

    /// <summary>The service worker has ended what it ran.</summary>
    public async Task DrainAsync()
    {
        await UntilAsync(() => Service.IsYielding, "it yields");
        Service.Drain();
    }

    public Task HolderAsync(string holder) => UntilAsync(() => Lender.View.Holder == holder, $"the host is {holder}'s, not {Lender.View.Holder}'s: {Lender.View.Why}");

    public Task SaidAsync(string state, int times = 1) => UntilAsync(() => Count(state) >= times, $"{state} is said {times} times");

    public int Count(string state)
    {
        lock (Said)
        {
            return Said.Count(line => line.State == state);
        }
    }

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Patience, $"did not happen: {what}");
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(_running.IsCanceled, _running.Exception?.ToString());
        _stopping.Dispose();
        _authority.Dispose();
        _key.Dispose();
    }

    private Task<LoanCertificateReply> CertifyAsync(LoanCertificateRequest request, CancellationToken token)
    {
        Assert.Equal(Person, request.Owner);
        if (Refusal is { } refusal)
        {
            return Task.FromException<LoanCertificateReply>(new RefusalException(refusal));
        }

        Certificates++;
        var asked = CertificateRequest.LoadSigningRequestPem(request.CertificateRequest, HashAlgorithmName.SHA256);
        using var signed = asked.Create(_authority, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100), [1, 2, 3]);
        return Task.FromResult(new LoanCertificateReply { Certificate = signed.ExportCertificatePem(), Seconds = 3600 });
    }
}

/// <summary>A log that can be read while it is written.</summary>
internal sealed class LogLines : TextWriter
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

    public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;

    public override void WriteLine(string? value) => _lines.Enqueue(value ?? "");

    public bool Has(string text) => _lines.Any(line => line.Contains(text, StringComparison.Ordinal));
}

/// <summary>A service worker that yields when the test says so.</summary>
internal sealed class FakeService : ILendingWorker
{
    private volatile TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _isYielding;

    public List<YieldKind> Yields { get; } = [];

    public int TakenBack { get; private set; }

    public Task YieldAsync(YieldKind items, string person, CancellationToken token)
    {
        _drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Yields.Add(items);
        _isYielding = true;
        return _drained.Task.WaitAsync(token);
    }

    public int LetGo { get; private set; }

    public Task LetGoAsync(CancellationToken token)
    {
        LetGo++;
        return Task.CompletedTask;
    }

    public ValueTask TakeBackAsync(CancellationToken token)
    {
        TakenBack++;
        return ValueTask.CompletedTask;
    }

    /// <summary>It was told to yield, and has something left.</summary>
    public bool IsYielding => _isYielding;

    public void Drain()
    {
        _isYielding = false;
        _drained.TrySetResult();
    }
}
