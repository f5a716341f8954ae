using Quern.Core.Permissions;

namespace Quern.Core.Tests.Permissions;

public sealed class PermissionTextTests
{
    [Fact]
    public void The_default_is_all_but_two_and_locking_hosts() => Assert.Equal(136314867u, (uint)Permission.Default);

    [Fact]
    public void All_is_what_is_done_to_jobs() => Assert.Equal(0x1FFFFFu, (uint)Permission.All);

    [Fact]
    public void A_row_has_a_letter_for_each_permission()
    {
        Assert.Equal("asil jcg krmpbuicseyqgpvftn", PermissionText.Row(Permission.Everything));
        Assert.Equal("---- --- ------------------", PermissionText.Row(Permission.None));
        Assert.Equal("---l jc- krmpbuicseyqg-vftn", PermissionText.Row(Permission.Default));
        Assert.Equal("a- ------------------", PermissionText.MemberRow(Permission.Admin));
    }

    [Fact]
    public void Each_permission_has_its_place_in_the_row()
    {
        var rows = Enum.GetValues<Permission>().Where(one => uint.PopCount((uint)one) == 1).Select(PermissionText.Row).ToList();
        Assert.Equal(25, rows.Count);
        Assert.Equal(25, rows.Distinct().Count());
        Assert.All(rows, row => Assert.Equal(24, row.Count(c => c == '-')));
    }

    [Theory]
    [InlineData("136314867", Permission.Default)]
    [InlineData("submit_job, kill", Permission.SubmitJob | Permission.Kill)]
    [InlineData("all,lock_host", Permission.All | Permission.LockHost)]
    [InlineData("", Permission.None)]
    [InlineData("0", Permission.None)]
    public void A_mask_is_written_as_names_or_a_number(string text, Permission meant)
    {
        Assert.Equal(meant, PermissionText.Parse(text, out var refusal));
        Assert.Null(refusal);
    }

    [Fact]
    public void Names_are_read_as_they_are_written()
    {
        Assert.Equal(Permission.Default, PermissionText.Parse(PermissionText.Write(Permission.Default), out _));
        Assert.Equal("none", PermissionText.Write(Permission.None));
    }

    [Theory]
    [InlineData("kil", "'kil' is no permission")]
    [InlineData("4294967295", "4294967295 has bits that are no permission")]
    public void What_is_no_permission_is_refused(string text, string sentence)
    {
        Assert.Null(PermissionText.Parse(text, out var refusal));
        Assert.StartsWith(sentence, refusal);
    }

    [Theory]
    [InlineData("ann", 3)]
    [InlineData("bob", InstanceLimits.Unlimited)]
    [InlineData("cid", 10)]
    public void A_user_is_limited_by_their_own_number_or_the_default(string user, int limit)
    {
        var limits = InstanceLimits.Parse(10, -1, "ann=3, bob=-1", "cid=2", out _)!;
        Assert.Equal(limit, limits.OfUser(user));
        Assert.Equal(user == "cid" ? 2 : InstanceLimits.Unlimited, limits.OfPgrp(user));
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("ann=x")]
    [InlineData("=3")]
    [InlineData("ann=-2")]
    public void A_limit_that_cannot_be_read_is_refused(string text)
    {
        Assert.Null(InstanceLimits.Parse(-1, -1, text, "", out var refusal));
        Assert.Equal($"'{text}' is no limit of a user: write it as user=n, -1 for none", refusal);
    }
}
