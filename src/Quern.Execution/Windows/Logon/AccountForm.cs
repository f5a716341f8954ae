namespace Quern.Execution.Windows.Logon;

/// <summary>The ways to write an account: <c>user</c>, <c>DOMAIN\user</c>, <c>user@domain</c>, <c>.\user</c>.</summary>
internal static class AccountForm
{
    private const int LongestName = 256;

    // Source: "User name formats" and NetUserAdd: characters that no account name has; the backslash and @ part it from its domain.
    private const string NeverInNames = "\"/[]:;|=,+*?<>";

    /// <summary>The name to look up.</summary>
    /// <param name="domain">Of accounts that name none (worker_host_domain); empty = wherever the system finds it, this host first.</param>
    /// <param name="fault">What is wrong with the name, the end of a sentence; null when nothing is.</param>
    internal static string? Qualify(string name, string domain, string host, out string? fault)
    {
        fault = name.Length == 0 ? "has no name"
            : name.Length > LongestName ? $"has a name longer than {LongestName} characters"
            : name.Any(c => char.IsControl(c) || NeverInNames.Contains(c, StringComparison.Ordinal)) ? "has a name that Windows does not allow"
            : name.Count(c => c == '\\') > 1 || name.StartsWith('\\') || name.EndsWith('\\') ? @"has a name that is not of the form DOMAIN\user"
            : null;
        if (fault is not null)
        {
            return null;
        }

        var at = name.IndexOf('\\', StringComparison.Ordinal);
        return at >= 0 ? (name[..at] == "." ? host : name[..at]) + name[at..]
            : name.Contains('@', StringComparison.Ordinal) || domain.Length == 0 ? name
            : $@"{(domain == "." ? host : domain)}\{name}";
    }
}
