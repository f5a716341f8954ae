using System.Text;
using Quern.Execution.Windows.Secrets;
using Quern.Secrets;

namespace Quern.Windows.Tests.Logon;

/// <summary>DPAPI as it is; Wine has no Local Security Authority, so that what is kept goes to the protected files there.</summary>
public sealed class When_passwords_are_kept_on_the_host : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qp").FullName;

    [Fact]
    public void A_protected_file_gives_back_what_was_kept_and_shows_nothing_of_it()
    {
        var files = new ProtectedFiles(_folder);
        Assert.Null(files.Read("proxy_password"));
        files.Store("proxy_password", "first"u8);
        files.Store("proxy_password", "hunter2"u8);
        Assert.Equal("hunter2", Encoding.UTF8.GetString(files.Read("proxy_password")!));
        var onDisk = File.ReadAllBytes(Assert.Single(Directory.GetFiles(_folder)));
        Assert.Equal(-1, onDisk.AsSpan().IndexOf("hunter2"u8));
        Assert.True(files.Remove("proxy_password"));
        Assert.False(files.Remove("proxy_password"));
    }

    [Fact]
    public void What_was_kept_under_another_name_or_damaged_does_not_open()
    {
        var kept = ProtectedFiles.Protect("hunter2"u8, "one");
        Assert.Equal("hunter2", Encoding.UTF8.GetString(ProtectedFiles.Unprotect(kept, "one")));
        Assert.Contains("system error", Assert.Throws<IOException>(() => ProtectedFiles.Unprotect(kept, "two")).Message);
        kept[^1] ^= 1;
        Assert.Throws<IOException>(() => ProtectedFiles.Unprotect(kept, "one"));
    }

    [Fact]
    public void A_password_is_kept_with_its_account_and_named_by_its_place()
    {
        using var secret = Secret.OfChars("hunter2");
        var place = LocalPasswords.Store(_folder, "proxy_password", @".\render", secret);
        Assert.Matches("^(lsa|dpapi):proxy_password$", place);
        ILocalPasswords kept = place.StartsWith("lsa", StringComparison.Ordinal) ? new LsaPasswords() : new ProtectedFiles(_folder);
        using var read = StoredPassword.Read(kept, "proxy_password", "RENDER", out var fault);
        Assert.Null(fault);
        Assert.True(read!.IsSameAs(secret));
        Assert.Null(StoredPassword.Read(kept, "proxy_password", "other", out fault));
        Assert.Contains("is of account 'render', not of 'other'", fault);
        kept.Remove("proxy_password");
    }

    public void Dispose() => Directory.Delete(_folder, true);
}
