using Quern.Configuration;

namespace Quern.Supervisor.Mails;

/// <summary>How a mail server is reached: <c>mail_connection_type</c>.</summary>
internal enum MailConnection
{
    /// <summary>Encrypted where the server offers it; with a password always.</summary>
    Default,

    /// <summary>From the first byte.</summary>
    Ssl,

    /// <summary>By STARTTLS, or not at all.</summary>
    Tls,
}

/// <summary>The settings of mail. Source: PipelineFX/docs: mail parameters (reference/qube-jobs.md 16).</summary>
internal sealed record MailSettings
{
    /// <summary>Empty = no mail is sent.</summary>
    public string Host { get; init; } = "";

    /// <summary>0 = that of the connection's kind.</summary>
    public int Port { get; init; }
    public MailConnection Connection { get; init; }
    public string User { get; init; } = "";

    /// <summary>Sealed for this supervisor, for <see cref="User"/>.</summary>
    public string Password { get; init; } = "";
    public string From { get; init; } = "qube";

    /// <summary>Appended to names without one.</summary>
    public string Domain { get; init; } = "";
    public string Administrator { get; init; } = "";

    /// <summary>Files by kind: job, subjob, work, license; empty = the built-in text.</summary>
    public IReadOnlyDictionary<string, string> Templates { get; init; } = new Dictionary<string, string>();

    public int PortInForce => Port > 0 ? Port : Connection switch { MailConnection.Ssl => 465, MailConnection.Tls => 587, MailConnection.Default => 25 };

    public static MailSettings Read(QuernSettings settings) => new()
    {
        Host = settings.Text("mail_host"), Port = settings.Int("mail_port"), User = settings.Text("mail_user"), Password = settings.Text("mail_password"),
        Connection = settings.Text("mail_connection_type") switch { "SSL" => MailConnection.Ssl, "TLS" => MailConnection.Tls, _ => MailConnection.Default },
        From = settings.Text("mail_from"), Domain = settings.Text("mail_domain"), Administrator = settings.Text("mail_administrator"),
        Templates = new Dictionary<string, string>
        {
            ["job"] = settings.Text("mail_job_status_format"), ["subjob"] = settings.Text("mail_subjob_status_format"),
            ["work"] = settings.Text("mail_work_status_format"), ["license"] = settings.Text("mail_license_status_format"),
        },
    };
}
