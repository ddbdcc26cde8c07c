"""The words of Stripe's own messages: what may stay of a sentence that quotes a user."""

_ENGLISH = """
a able about above accept accepted access account accounts across action active add added adding additional address advance after again
all allow allowed already also amount an and another any api appear applied apply are as associated at attach attached attaching attempt
attempted authenticate authenticated authentication authorization automatically available balance bank be because been before being below
between billing both but by calculate call can can't cancel canceled cannot capture captured card cards case change changed characters
charge charged charges check code complete completed confirm confirmed confirming connect connected consider contact contain contains
could country coupon create created creating credit currencies currency current currently customer customers dashboard date day days
declined default delete deleted deleting detach detached details did different discount do docs does doesn't doing don't during each
either empty enable enabled ended endpoint error even exceed exceeded exceeds exist existing exists expand expected expired expires export
failed field fields finalize finalized first for format found from fully funds further future general given go got greater has hasn't have
how id idempotent if immediate in include included including incorrect incorrectly information instead insufficient integer intent intents
interval invalid invoice invoices is isn't issue issuer issuing it it's item items its itself keep key keys last later latest learn least
less like likely line link linked list live login long longer made make manually many match matching maximum may merchant message metadata
method methods minimum missing mode month more most multiple must name need new next no non none not null number object of off on once one
ones only open option options or order other otherwise out over paid parameter parameters part partially passed past pause paused pay
payment payments pending perform period permission permissions permitted phase plan plans platform please possible present preview
previous previously price prices proceed process processed processing processor product production proration provide provided provider
quantity rate reached read reason received recurring refer reference refund refunded refunds related remaining remove request requested
requests require required requires resource response resume retrieve retry return returned reuse same sandbox save saved schedule search
secret section see send sent server set setup should similar since so some something source sources specified specify started status still
string subscription subscriptions succeeded successful successfully such sum supply support supported tax test than that the their them
then there therefore these they this those through time timestamp to too total transaction transactions transfer trial try two type types
unable unique unknown unless unrecognized until up upcoming update updated updating url use used user using usually valid value values
version via view visit void voided want was way we webhook were when where which while will with within without would you you're you've
your zero
"""

_OURS = """
client closed connection disconnected error open peer recorded recorder reset server time-out timed timeout
unexpectedly upstream unreachable answer TLS
handshake resolve refused aborted Client Server Connection Peer connect errno
"""

_STARTS = """
A Account All Amount An Any API At Attempting Cannot Card Changing Charge Contact Could Currency Customer Duplicate Each Expired Failed
Following For HTTP HTTPS ID If In Insufficient Intent Invalid Invoice It It's Key Keys Learn Link Live Make Method Missing Must Need No Not
Nothing Only Original Otherwise Parameter Parameters Payment PaymentIntent PaymentIntents PaymentMethod PaymentMethods Plan Please Price
Product Provided Quantity Received Refund Request Setup SetupIntent SetupIntents Since Source Stripe Subscription Subscriptions Test That
The There These This To Transfer Try Unable Unrecognized URL Use Used When You You've Your
"""

_CURRENCIES = """
aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf
dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt
lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron
rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf
yer zar zmw
"""

ENGLISH = frozenset(_ENGLISH.split()) | frozenset(_OURS.split())
STARTS = frozenset(_STARTS.split())
CURRENCIES = frozenset(_CURRENCIES.split())
