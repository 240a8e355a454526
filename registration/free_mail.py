"""Where anybody gets an address for nothing, so that the domain tells of no organisation.

A short list of our own, of the largest: the packages that hold thousands count internet providers and universities
among them, whose own staff write from there, and none is kept up well. What is missing here is shown as unknown, never
as known, so an omission costs a look and opens nothing.
"""

COUNTRIES = {
    "aol": "com de fr it co.uk",
    "gmx": "net de com at ch fr us co.uk",
    "hotmail": "com ca ch cl co.il co.jp co.th co.uk co.za com.ar com.au com.br com.tr de dk es fi fr gr it nl no se",
    "live": "com be ca cl cn co.uk co.za com.ar com.au com.mx com.pt de dk fr ie in it jp nl no ru se",
    "outlook": "com at be cl co.id co.il co.th com.ar com.au com.br com.gr com.tr cz de dk es fr hu ie in it jp "
    "kr lv my ph pt sa sg sk",
    "protonmail": "com ch",
    "tutanota": "com de",
    "yahoo": "com at be bg ca cl cn co.id co.in co.jp co.kr co.nz co.th co.uk co.za com.ar com.au com.br "
    "com.cn com.co com.hk com.mx com.my com.pe com.ph com.sg com.tr com.tw com.ve com.vn cz de dk es "
    "fi fr gr hu ie in it nl no pl pt ro se",
    "yandex": "com ru by kz ua com.tr",
    "zoho": "eu in",
}
OTHERS = """
    126.com 163.com aliyun.com arcor.de autograf.pl bigpond.com bk.ru bluemail.ch bol.com.br btinternet.com
    centrum.cz daum.net duck.com eclipso.eu email.com email.cz fastmail.com fastmail.fm foxmail.com free.fr
    freemail.hu freenet.de gmail.com googlemail.com hanmail.net hey.com home.nl hushmail.com icloud.com inbox.lv
    inbox.ru interia.pl keemail.me kolabnow.com laposte.net libero.it list.ru mac.com mail.com mail.de mail.ee
    mail.ru mailbox.org mailfence.com me.com msn.com naver.com net.hr o2.pl onet.pl op.pl orange.fr outlook.co.uk
    passport.com pm.me posteo.de posteo.net proton.me protonmail.ch qq.com rambler.ru rediffmail.com riseup.net
    rocketmail.com runbox.com sapo.pt seznam.cz sfr.fr sina.com sina.cn skynet.be sohu.com startmail.com
    t-online.de terra.com.br tiscali.it tuta.com tuta.io tutamail.com tutanota.com uol.com.br virgilio.it
    vivaldi.net wanadoo.fr web.de windowslive.com wp.pl ya.ru yeah.net ymail.com ziggo.nl zohomail.com zohomail.eu
"""
DEMO = "demo-freemail.test"  # of ``make_demo_data``; RFC 2606 gives .test to nobody
FREE_MAIL = frozenset(
    [DEMO, *(f"{name}.{ending}" for name, endings in COUNTRIES.items() for ending in endings.split()), *OTHERS.split()]
)
