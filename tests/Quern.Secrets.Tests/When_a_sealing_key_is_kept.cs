namespace Quern.Secrets.Tests;

public sealed class When_a_sealing_key_is_kept : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("quern-sealing-").FullName, "sealing.pem");

    [Fact]
    public void It_is_the_same_the_next_time()
    {
        using var made = SealingKey.OpenOrCreate(_path, File.WriteAllBytes);
        using var read = SealingKey.OpenOrCreate(_path, (_, _) => Assert.Fail("written again"));
        Assert.Equal(made.Public.ToString(), read.Public.ToString());
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----", File.ReadAllText(_path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    public void A_damaged_one_is_refused_with_the_remedy(string text)
    {
        File.WriteAllText(_path, text);
        var refusal = Assert.Throws<IOException>(() => SealingKey.OpenOrCreate(_path, File.WriteAllBytes));
        Assert.Contains("cannot be read: it is damaged or no P-256 key; restore it from a backup", refusal.Message);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, true);
}
