using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Quern.Worker.Joining;
using Quern.Worker.Link;
using Quern.Worker.Tests.Dual;

namespace Quern.Worker.Tests.Joining;

/// <summary>A worker's certificate of a year, by a clock that the test moves.</summary>
public sealed class When_a_certificate_grows_old : IDisposable
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("quern-renewal-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;
    private readonly FakeTimeProvider _clock = new(Begin);
    private readonly LogLines _lines = new();
    private readonly WorkerRecord _record;
    private readonly KeptIdentity _kept;
    private Func<string, string> _answer;
    private int _asked;
    private byte _serial = 1;

    public When_a_certificate_grows_old()
    {
        using var farm = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest("CN=farm", farm, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        _authority = root.CreateSelfSigned(Begin.AddYears(-1), Begin.AddYears(20));
        _answer = Sign;
        _record = new WorkerRecord(_folder);
        _record.Save(_key.ExportPkcs8PrivateKeyPem(), Sign(new CertificateRequest("CN=worker-1", _key, HashAlgorithmName.SHA256).CreateSigningRequestPem()), _authority.ExportCertificatePem(), SupervisorAddress.Parse("farm:50001")!.Value, 1);
        _kept = new KeptIdentity(_record, _record.Load().Identity);
    }

    private CertificateRenewal Renewal => new(_kept, AskAsync, new WorkerLog(_lines, _clock), _clock);

    private DateTimeOffset End => new(_kept.Current.Certificate.NotAfter);

    public void Dispose()
    {
        _key.Dispose();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Should_be_renewed_once_less_than_a_third_of_its_life_is_left()
    {
        var end = End;
        _clock.SetUtcNow(end - TimeSpan.FromDays(122));
        Assert.False(await Renewal.RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, _asked);

        _clock.SetUtcNow(end - TimeSpan.FromDays(121));
        Assert.True(await Renewal.RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.False(await Renewal.RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.Equal((1, _clock.GetUtcNow().AddDays(365)), (_asked, End));

        // The worker is the same after a restart.
        Assert.Equal(_kept.Current.Certificate.Thumbprint, _record.Load().Identity.Certificate.Thumbprint);
        Assert.True(_kept.Current.Certificate.HasPrivateKey);
    }

    [Fact]
    public async Task Should_be_asked_for_again_as_long_as_the_supervisor_gives_none()
    {
        _answer = _ => throw new RefusalException("the supervisor is away");
        _clock.SetUtcNow(End - TimeSpan.FromDays(100));
        Assert.False(await Renewal.RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.True(_lines.Has("is not renewed: the supervisor is away; trying again in 6 hours"));

        _answer = Sign;
        Assert.True(await Renewal.RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, _asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_stay_what_it_is_when_something_else_is_sent(bool isCertificate)
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var before = _kept.Current;
        _answer = _ => isCertificate ? Sign(new CertificateRequest("CN=worker-1", other, HashAlgorithmName.SHA256).CreateSigningRequestPem()) : "nonsense";
        _clock.SetUtcNow(End - TimeSpan.FromDays(100));
        Assert.False(await Renewal.RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.Same(before, _kept.Current);
        Assert.Equal(before.Certificate.Thumbprint, _record.Load().Identity.Certificate.Thumbprint);
        Assert.True(_lines.Has("no certificate for this worker's key"));
    }

    [Fact]
    public async Task Should_be_looked_at_four_times_a_day()
    {
        using var stopping = new CancellationTokenSource();
        var running = Renewal.RunAsync(stopping.Token);
        await LendingHarness.UntilAsync(
            () =>
            {
                _clock.Advance(CertificateRenewal.Interval);
                return Volatile.Read(ref _asked) > 0;
            },
            "it is asked for in its time");
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private Task<string> AskAsync(string request, CancellationToken token)
    {
        Interlocked.Increment(ref _asked);
        try
        {
            return Task.FromResult(_answer(request));
        }
        catch (RefusalException refusal)
        {
            return Task.FromException<string>(refusal);
        }
    }

    private string Sign(string request)
    {
        var asked = CertificateRequest.LoadSigningRequestPem(request, HashAlgorithmName.SHA256);
        using var signed = asked.Create(_authority, _clock.GetUtcNow(), _clock.GetUtcNow().AddDays(365), [_serial++]);
        return signed.ExportCertificatePem();
    }
}
