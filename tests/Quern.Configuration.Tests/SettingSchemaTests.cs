namespace Quern.Configuration.Tests;

public sealed class SettingSchemaTests
{
    /// <summary>Source: PipelineFX/docs: parameter pages (reference, worker 3.6).</summary>
    private const string OfQube = """
        qb_directory qb_domain qb_supervisor
        proxy_account proxy_execution_mode proxy_location proxy_nice_value proxy_password
        worker_address worker_boot_delay worker_boot_diagnostics_retries worker_boot_diagnostics_retry_interval worker_check_interval worker_cluster worker_cpus worker_drive_map
        worker_flags worker_flight_check_path worker_groups worker_heartbeat_interval worker_host_domain worker_idle_threads worker_job_types worker_journal_location worker_log_timeout
        worker_logfile worker_logmode worker_logpath worker_lookup worker_max_clients worker_max_threads worker_path_map worker_pidfile worker_port worker_post_interval
        worker_properties worker_resources worker_restrictions worker_template_path worker_description worker_job_start_delay
        client_account client_cluster client_drive_map client_host_domain client_job_flags client_logpath client_priority client_restrictions
        aw_activation_work_count aw_job_migrate_max database_host database_password database_port database_user
        mail_administrator mail_connection_type mail_domain mail_from mail_host mail_job_status_format mail_license_status_format mail_password mail_port mail_subjob_status_format
        mail_user mail_work_status_format
        supervisor_address supervisor_default_cluster supervisor_default_hostorder supervisor_default_max_cpus supervisor_default_pgrp_subjob_limit supervisor_default_priority
        supervisor_default_security supervisor_default_user_subjob_limit supervisor_flags supervisor_global_resources supervisor_heartbeat_interval supervisor_heartbeat_timeout
        supervisor_highest_user_priority supervisor_host_policy supervisor_id supervisor_idle_threads supervisor_job_flags supervisor_language_flags supervisor_log_flags
        supervisor_logfile supervisor_logpath supervisor_manifest supervisor_manifest_flags supervisor_max_clients supervisor_max_cpus_limit supervisor_max_metered_licenses
        supervisor_max_postboard_retry supervisor_max_priority supervisor_max_threads supervisor_max_worker_requeue supervisor_max_worker_retry supervisor_migrate_timeout
        supervisor_partner_licensing_host supervisor_partner_licensing_port supervisor_pgrp_subjob_limits supervisor_pidfile supervisor_policy_binding supervisor_policy_library
        supervisor_port supervisor_preempt_policy supervisor_queue_algorithm supervisor_queue_binding supervisor_queue_library supervisor_reserve_timeout
        supervisor_smart_share_mode supervisor_smart_share_preempt_policy supervisor_tmp_path supervisor_universal_callback_path supervisor_user_subjob_limits supervisor_verbosity
        supervisor_worker_configfile supervisor_default_group_security supervisor_default_p_agenda_priority supervisor_p_agenda_max
        """;

    public static TheoryData<string> QubesNames => [.. OfQube.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)];

    [Theory, MemberData(nameof(QubesNames))]
    public void Every_parameter_of_qube_is_known(string name) => Assert.NotNull(SettingSchema.Find(name));

    [Theory]
    [InlineData("qb_directory")]
    [InlineData("qb_domain")]
    [InlineData("qb_supervisor")]
    [InlineData("worker_address")]
    [InlineData("worker_boot_delay")]
    [InlineData("worker_journal_location")]
    [InlineData("worker_lookup")]
    [InlineData("worker_max_threads")]
    [InlineData("worker_pidfile")]
    [InlineData("worker_port")]
    public void What_is_needed_before_the_supervisor_is_reached_is_local(string name) => Assert.True(SettingSchema.Find(name)!.IsBootstrap);

    [Fact]
    public void Every_default_fits_its_own_setting()
        => Assert.All(SettingSchema.All, setting => Assert.True(setting.Check(setting.Default) is null && setting.Normalize(setting.Default) == setting.Default, setting.Name));

    [Theory]
    [InlineData("", true)]
    [InlineData("sealed:1:0123456789abcdef:render:AAAA", true)]
    [InlineData("lsa:quern-proxy", true)]
    [InlineData("dpapi:AQID", true)]
    [InlineData("hunter2", false)]
    [InlineData("4f2c6a1e9b7d3058aa41c2d9e06f7b135c8e2f90417ab6d3e5f1089c2b7a6d4e", false)]
    [InlineData("sealed:1\nx", false)]
    public void A_password_is_sealed_or_a_place_and_never_quoted(string value, bool fits)
    {
        var fault = SettingSchema.Find("proxy_password")!.Check(value);
        Assert.Equal(fits, fault is null);
        Assert.False(!fits && fault!.Contains(value, StringComparison.Ordinal), fault);
        Assert.Contains("qbhash", fault ?? "qbhash");
    }

    [Fact]
    public void A_setting_is_in_force_or_says_why_it_is_not_and_never_both()
    {
        Assert.All(QubeSettings.NotInForce, setting => Assert.False(string.IsNullOrEmpty(setting.NoEffect), setting.Name));
        Assert.Empty(QubeSettings.NotInForce.Select(setting => setting.Name).Intersect(SettingSchema.InForce.Select(setting => setting.Name)));
        Assert.Equal(SettingSchema.All.Count, SettingSchema.All.Select(setting => setting.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("7", null)]
    [InlineData("remove_logs, load_profile", null)]
    [InlineData("", null)]
    [InlineData("remove_log", "'remove_log' is none of the flags")]
    public void Flags_are_names_or_a_mask(string value, string? fault)
    {
        var check = SettingSchema.Find("worker_flags")!.Check(value);
        Assert.True(fault is null ? check is null : check!.StartsWith(fault, StringComparison.Ordinal), check);
    }

    [Theory]
    [InlineData("X:|\\\\server\\share\nY:|\\\\server\\b", true)]
    [InlineData("Y:|USER:FF00@\\\\server\\b", false)]
    [InlineData("X|\\\\server\\share", false)]
    public void Drive_maps_have_a_letter_and_a_share(string value, bool fits)
        => Assert.Equal(fits, SettingSchema.Find("worker_drive_map")!.Check(value) is null);

    [Theory]
    [InlineData("local, supervisor", "local,supervisor")]
    [InlineData("\"supervisor,local\"", "supervisor,local")]
    public void Worker_lookup_is_taken_with_or_without_blanks(string written, string kept)
        => Assert.Equal(kept, QuernSettings.Load(null, [$"worker_lookup={written}"]).Text("worker_lookup"));
}
