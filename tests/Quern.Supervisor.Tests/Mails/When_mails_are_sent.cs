using System.Text;
using Microsoft.Extensions.Time.Testing;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Secrets;
using Quern.Store;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Mails;
using Quern.Supervisor.Passwords;

namespace Quern.Supervisor.Tests.Mails;

public sealed class When_mails_are_sent
{
    private sealed class Sink : ITurnSink
    {
        public Mailer? Mailer { get; set; }
        public List<EventRow> History { get; } = [];

        public void Wrote(Turn turn)
        {
        }

        public void Durable(Turn turn)
        {
            Mailer?.Take(turn.Mails);
            lock (History)
            {
                History.AddRange(turn.Rows.Events);
            }
        }

        public bool Has(string text)
        {
            lock (History)
            {
                return History.Exists(row => row.Comment.StartsWith(text, StringComparison.Ordinal) && row.Component == EventComponent.Mail);
            }
        }
    }

    private static OutboxEntry Entry(string to = "ann") => new()
    {
        Id = 1, CreatedMs = 1_700_000_000_000, To = to, Content = "job",
        Variables = new Dictionary<string, string> { ["JOB_ID"] = "12", ["JOB_NAME"] = "wave\r\nBcc: all@example", ["JOB_STATUS"] = "failed", ["EVENT"] = "done-job-12" },
    };

    private static MailSettings Settings(SmtpSink sink) => new() { Host = "localhost", Port = sink.Port, Domain = "studio.example", From = "farm", Administrator = "root" };

    [Fact]
    public async Task The_password_goes_only_by_STARTTLS_and_is_never_shown()
    {
        await using var sink = new SmtpSink();
        using var seal = new PasswordSeal(SealingKey.Create());
        using var secret = Secret.OfChars("open sesame");
        var settings = Settings(sink) with { Connection = MailConnection.Tls, User = "farm", Password = seal.Public.Seal(secret, new SealedFor("farm", SealedFor.Proxy)) };
        var message = MailText.Write(Entry(), settings, "super", out var fault)!;
        Assert.Null(fault);
        using var dialogue = new MemoryStream();
        var result = await new MailSender(settings, seal, () => true).SendAsync(message, dialogue, TestContext.Current.CancellationToken);
        Assert.Null(result.Failure);
        Assert.True(sink.WasEncrypted);
        Assert.Equal("\0farm\0open sesame", Assert.Single(sink.Logons));
        var sent = Assert.Single(sink.Messages);
        Assert.Contains("To: ann@studio.example", sent, StringComparison.Ordinal);
        Assert.Contains("From: farm@studio.example", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("\nBcc:", sent.Split("\n\n")[0], StringComparison.Ordinal);
        Assert.Contains("Auto-Submitted: auto-generated", sent, StringComparison.Ordinal);
        var said = Encoding.UTF8.GetString(dialogue.ToArray());
        Assert.Contains("S: 250 kept", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes("\0farm\0open sesame")), said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_nobody_vouches_for_gets_no_password()
    {
        await using var sink = new SmtpSink();
        using var seal = new PasswordSeal(SealingKey.Create());
        using var secret = Secret.OfChars("open sesame");
        var settings = Settings(sink) with { User = "farm", Password = seal.Public.Seal(secret, new SealedFor("farm", SealedFor.Proxy)) };
        var result = await new MailSender(settings, seal).SendAsync(MailText.Write(Entry(), settings, "super", out _)!, null, TestContext.Current.CancellationToken);
        Assert.NotNull(result.Failure);
        Assert.False(result.IsFinal);
        Assert.DoesNotContain('\n', result.Failure);
        Assert.Empty(sink.Logons);
    }

    [Fact]
    public async Task What_is_not_taken_now_is_tried_again_also_by_the_next_supervisor()
    {
        await using var sink = new SmtpSink();
        sink.Refusals.Enqueue("450 later");
        sink.Refusals.Enqueue("450 later still");
        using var seal = new PasswordSeal(SealingKey.Create());
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_750_000_000_000));
        var sender = new MailSender(Settings(sink), seal);
        using var store = new MemoryStore();
        var first = Farm.Load(store.Load(), new FarmOptions(), FarmLoop.ReadClock(time));
        var turns = new Sink();
        await using (var loop = new FarmLoop(first, store, turns, time))
        await using (var mailer = turns.Mailer = new Mailer(loop, sender, [], "super", time))
        {
            var spec = new JobSpec { Prototype = "cmdline", User = "ann", Callbacks = [new CallbackSpec { Triggers = "submit-job-self", Language = CallbackLanguages.Mail }] };
            await loop.Ask((farm, now) => farm.Submit(new Submission("r", new Caller("ann", "desk", false), [spec]), now), TestContext.Current.CancellationToken);
            await Deadline.UntilAsync(() => turns.Has("mail to ann waits"), "the first attempt");
        }

        Assert.Empty(sink.Messages);
        using var reopened = store.Reopen();
        var second = Farm.Load(reopened.Load(), new FarmOptions(), FarmLoop.ReadClock(time));
        Assert.Equal(1, Assert.Single(second.Mails).Attempts);
        turns = new Sink();
        await using (var loop = new FarmLoop(second, reopened, turns, time))
        await using (var mailer = turns.Mailer = new Mailer(loop, sender, second.Mails.ToList(), "super", time))
        {
            time.Advance(TimeSpan.FromMinutes(2));
            await Deadline.UntilAsync(() => loop.Ask((farm, _) => farm.Mails.First().Attempts, default).Result == 2, "the second attempt");
            time.Advance(TimeSpan.FromMinutes(3));
            await Deadline.UntilAsync(() => turns.Has("mail sent to ann"), "the third attempt");
            Assert.Empty(await loop.Ask((farm, _) => farm.Mails.ToList(), TestContext.Current.CancellationToken));
        }

        Assert.Single(sink.Messages);
    }

    [Fact]
    public async Task What_a_server_will_never_take_is_given_up()
    {
        await using var sink = new SmtpSink();
        sink.Refusals.Enqueue("550 no such person");
        using var seal = new PasswordSeal(SealingKey.Create());
        var result = await new MailSender(Settings(sink), seal).SendAsync(MailText.Write(Entry(), Settings(sink), "super", out _)!, null, TestContext.Current.CancellationToken);
        Assert.True(result.IsFinal);
        Assert.Contains("550", result.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Templates_have_variables_and_a_subject()
    {
        var variables = new Dictionary<string, string> { ["JOB_ID"] = "12", ["JOB_NAME"] = "a\nb" };
        Assert.Equal(("job 12: a b", "${JOB} costs $5 12a $"), MailText.Fill("Subject: job $JOB_ID: $JOB_NAME\n\n${JOB} costs $5 ${JOB_ID}a $", new Dictionary<string, string>(variables) { ["JOB"] = "${JOB}" }));
        Assert.Equal(("", "x"), MailText.Fill("x", variables));
        Assert.Null(MailText.Write(Entry("a@@b"), new MailSettings(), "super", out var fault));
        Assert.Contains("no address", fault, StringComparison.Ordinal);
        Assert.Null(MailText.Write(Entry(""), new MailSettings(), "super", out fault));
        Assert.Contains("mail_administrator", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sites_callbacks_come_from_folders()
    {
        var folder = Directory.CreateTempSubdirectory("callbacks").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "callbacks.conf"), "# the site's\nretry.qcb = failed-work-self-*\nnote.py = done-job-self # told\n");
            File.WriteAllText(Path.Combine(folder, "retry.qcb"), "retry-work-self\n");
            File.WriteAllText(Path.Combine(folder, "note.py"), "print(qb.jobid())\n");
            var read = ReadFolder(folder);
            Assert.Equal([("retry.qcb", CallbackLanguages.Qube, "failed-work-self-*"), ("note.py", CallbackLanguages.Python, "done-job-self")], read.Select(one => (one.Source, one.Language, one.Triggers)));
            File.WriteAllText(Path.Combine(folder, "callbacks.conf"), "old.pl = done-job-self\n");
            Assert.Contains("callbacks.conf:1", Assert.Throws<Configuration.ConfigurationException>(() => ReadFolder(folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<CallbackSpec> ReadFolder(string folder) => Supervisor.Settings.UniversalCallbacks.Read([folder]);
}
