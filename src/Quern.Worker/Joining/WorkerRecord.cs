using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Quern.Configuration;
using Quern.Worker.Link;

namespace Quern.Worker.Joining;

/// <summary>
/// What a worker is to its farm, kept in its private folder: <c>key.pem</c>, <c>certificate.pem</c>, <c>authority.pem</c>, and, written last, so that it
/// stands for a whole record, <c>worker.json</c>.
/// </summary>
internal sealed class WorkerRecord(string folder)
{
    private string RecordPath => Path.Combine(folder, "worker.json");
    private string KeyPath => Path.Combine(folder, "key.pem");
    private string CertificatePath => Path.Combine(folder, "certificate.pem");
    private string AuthorityPath => Path.Combine(folder, "authority.pem");

    public bool Exists => File.Exists(RecordPath);

    /// <summary>Returns when the record is there. The folder is told of by the system; a look now and then serves file systems that tell nothing.</summary>
    public async Task WaitAsync(TimeProvider clock, CancellationToken token)
    {
        var changed = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(folder, Path.GetFileName(RecordPath)) { EnableRaisingEvents = true };
        watcher.Created += (_, _) => changed.Release();
        watcher.Renamed += (_, _) => changed.Release();
        while (!Exists)
        {
            using var look = new CancellationTokenSource(TimeSpan.FromMinutes(1), clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(look.Token, token);
            try
            {
                await changed.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                // Time to look.
            }
        }
    }

    /// <exception cref="RefusalException">The record is damaged.</exception>
    public (WorkerIdentity Identity, SupervisorAddress Supervisor, int WorkerId) Load()
    {
        try
        {
            var note = JsonSerializer.Deserialize(File.ReadAllBytes(RecordPath), WorkerJson.Default.RecordNote)
                ?? throw new JsonException("it is empty");
            var address = SupervisorAddress.Parse(note.Supervisor) ?? throw new JsonException($"'{note.Supervisor}' is not HOST:PORT");
            return (Identity(), address, note.Id);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException or CryptographicException)
        {
            throw new RefusalException(
                $"the worker's record in {folder} cannot be used: {failure.Message}; move the folder away and join again with 'quern worker token' and --join",
                failure);
        }
    }

    public void Save(string keyPem, string certificatePem, string authorityPem, SupervisorAddress supervisor, int workerId)
    {
        Write(KeyPath, keyPem);
        Write(CertificatePath, certificatePem);
        Write(AuthorityPath, authorityPem);
        Write(RecordPath, JsonSerializer.Serialize(new RecordNote(workerId, supervisor.ToString()), WorkerJson.Default.RecordNote));
    }

    /// <summary>Puts another certificate for the same key in the place of the present one.</summary>
    /// <exception cref="RefusalException">It is none for that key; the record stays as it is.</exception>
    public WorkerIdentity Renew(string certificatePem)
    {
        try
        {
            using var next = X509Certificate2.CreateFromPem(certificatePem, File.ReadAllText(KeyPath));
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new RefusalException($"what the supervisor sent is no certificate for this worker's key: {failure.Message}", failure);
        }

        Write(CertificatePath, certificatePem);
        return Identity();
    }

    private WorkerIdentity Identity()
    {
        StateFolder.CheckSecret(KeyPath);
        var authority = X509CertificateLoader.LoadCertificate(Der(File.ReadAllText(AuthorityPath)));
        return new WorkerIdentity(X509Certificate2.CreateFromPemFile(CertificatePath, KeyPath), authority);
    }

    private static byte[] Der(string pem) =>
        PemEncoding.TryFind(pem, out var fields) ? Convert.FromBase64String(pem[fields.Base64Data]) : throw new CryptographicException("authority.pem holds no certificate");

    private static void Write(string path, string text) => StateFolder.WriteWhole(path, Encoding.UTF8.GetBytes(text), StateFolder.PrivateFile);
}

internal sealed record RecordNote(int Id, string Supervisor);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RecordNote))]
internal sealed partial class WorkerJson : JsonSerializerContext;
