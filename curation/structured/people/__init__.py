"""What people and programs write in conversations: whose it is, what of it is mail, and who is named.

    bots        a login -> the rule that says it is a program
    email_text  what mail programs and GitHub's mails add to a text -> removed
    truncate    a long text -> its first and last lines
    usernames   logins -> username_0, username_1, ... in every text of a thread
    prose       a text -> its human language

Issues and pull requests use these alike; all of them take any string and need linear time.
"""
