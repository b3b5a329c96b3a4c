/** One file to jest, which loads aws-cdk-lib anew for each file: that takes longer than all these syntheses. */
import './stack/alert-topic';
import './stack/exceptions';
import './stack/grants';
import './stack/operations';
import './stack/permissions';
import './stack/pipeline';
import './stack/reuse';
import './stack/several-detectors';
import './stack/sources';
import './stack/trail-source';
